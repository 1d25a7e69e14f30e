import { type Directory, maxAttempts, type Signal } from '@signalbox/domain';
import {
  isDataError,
  keepRejected,
  type NewSignal,
  type Owed,
  type Pool,
  queueEpoch,
  type Rejected,
  type Stored,
  storeSignals,
} from '@signalbox/postgres';
import { type Claim, claim, failFast, type Redis, type Settled, settleClaims } from '@signalbox/redis';
import { groupCommit, type Log } from '@signalbox/runtime';
import type { Config } from './config.js';
import { createDirectory } from './directory.js';
import { createEnqueue, type Queues } from './enqueue.js';

/** Everything the path of a signal needs from outside, each call joined with those of other requests. */
export interface Gateway {
  /** What Redis knows; `in-flight` (that is, nothing sure) when Redis is away. */
  claim(key: string): Promise<Claim>;
  /** Confirms or releases a claim; Redis being away is no error, Postgres decides then. */
  settle(settled: Settled): Promise<void>;
  directory(signal: Signal): Promise<Directory>;
  /** @throws QueueFull, or what Postgres says */
  store(signal: NewSignal): Promise<Stored>;
  keepRejected(rejected: Rejected): Promise<void>;
  /** Whether the jobs are in their queues; false leaves them to the sweep. */
  enqueue(owed: Owed[]): Promise<boolean>;
  /** Per delivery. */
  maxAttempts: number;
}

/** About 50 rows are as good as more; two batches keep Postgres busy while one is being made. */
const storing = { maxItems: 50, maxInFlight: 2, maxQueued: 2_000, isPoison: isDataError };
const claiming = { maxItems: 100, maxInFlight: 2, maxQueued: 10_000 };

export function createGateway(config: Config, pool: Pool, redis: Redis, queues: Queues, log: Log): Gateway {
  const claimMany = failFast(redis, (keys: string[]) => claim(redis, keys));
  const settleMany = failFast(redis, (settled: Settled[]) => settleClaims(redis, settled));
  const claimOne = groupCommit(claimMany, claiming);
  const settleOne = groupCommit(async (settled: Settled[]) => {
    await settleMany(settled);
    return settled;
  }, claiming);
  const epoch = remembered(() => queueEpoch(pool));
  return {
    claim: async (key) => {
      try {
        return await claimOne(`${await epoch()}:${key}`);
      } catch (error) {
        log.debug({ err: error }, 'claim.unknown');
        return { type: 'in-flight' };
      }
    },
    settle: async ({ key, signalId }) => {
      try {
        await settleOne({ key: `${await epoch()}:${key}`, signalId });
      } catch (error) {
        log.debug({ err: error }, 'claim.not_settled');
      }
    },
    directory: createDirectory(config, pool),
    store: groupCommit((signals: NewSignal[]) => storeSignals(pool, signals), storing),
    keepRejected: (rejected) => keepRejected(pool, rejected),
    enqueue: createEnqueue(redis, queues, log),
    maxAttempts: maxAttempts(config.RETRY_SCHEDULE),
  };
}

/**
 * Claims carry the name of the database they speak of. A Redis that outlived its database, or serves another one now,
 * must not call a signal seen that this database never held.
 */
function remembered(load: () => Promise<string>): () => Promise<string> {
  let value: string | undefined;
  return async () => {
    value ??= await load();
    return value;
  };
}

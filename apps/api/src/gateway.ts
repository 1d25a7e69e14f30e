import { type Directory, maxAttempts, type Signal } from '@signalbox/domain';
import {
  isDataError,
  keepRejected,
  type NewSignal,
  type Owed,
  type Pool,
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
  const claimMany = failFast((keys: string[]) => claim(redis, keys));
  const settleMany = failFast((settled: Settled[]) => settleClaims(redis, settled));
  const claimOne = groupCommit(claimMany, claiming);
  const settleOne = groupCommit(async (settled: Settled[]) => {
    await settleMany(settled);
    return settled;
  }, claiming);
  return {
    claim: (key) => claimOne(key).catch((error: unknown) => unknownClaim(log, error)),
    settle: async (settled) => {
      await settleOne(settled).catch((error: unknown) => log.debug({ err: error }, 'claim.not_settled'));
    },
    directory: createDirectory(config, pool),
    store: groupCommit((signals: NewSignal[]) => storeSignals(pool, signals), storing),
    keepRejected: (rejected) => keepRejected(pool, rejected),
    enqueue: createEnqueue(queues, log),
    maxAttempts: maxAttempts(config.RETRY_SCHEDULE),
  };
}

function unknownClaim(log: Log, error: unknown): Claim {
  log.debug({ err: error }, 'claim.unknown');
  return { type: 'in-flight' };
}

import { maxAttempts, type Signal } from '@signalbox/domain';
import {
  isDataError,
  keepRejected,
  type NewSignal,
  type Pool,
  queueEpoch,
  type Rejected,
  type Stored,
  storeSignals,
} from '@signalbox/postgres';
import { type Claim, claim, failFast, type Redis, type Settled, settleClaims } from '@signalbox/redis';
import { groupCommit, type Log } from '@signalbox/runtime';
import { mostInHand } from './admission.js';
import type { Config } from './config.js';
import { createDirectory, type LookedUp } from './directory.js';
import { createEnqueue, type Promised } from './enqueue.js';
import type { KeyRing } from './key-ring.js';
import { storeBatchSize, storeDuration } from './metrics.js';
import type { Queues } from './queues.js';
import { openRateLimit, type RateLimit } from './rate-limit.js';
import type { Sessions } from './session.js';
import type { Subscriptions } from './subscriptions.js';

/** Everything the path of a signal needs from outside, each call joined with those of other requests. */
export interface Gateway {
  rateLimit: RateLimit;
  /** What Redis knows; `in-flight` (that is, nothing sure) when Redis is away. */
  claim(key: string): Promise<Claim>;
  /** Confirms or releases a claim; Redis being away is no error, Postgres decides then. */
  settle(settled: Settled): Promise<void>;
  directory(signal: Pick<Signal, 'audience' | 'eventType'>): Promise<LookedUp>;
  /** Stores, users, subscriptions or API keys have changed. */
  forgetDirectory: () => void;
  /** @throws QueueFull, or what Postgres says */
  store(signal: NewSignal): Promise<Stored>;
  keepRejected(rejected: Rejected): Promise<void>;
  /** Whether the jobs are in their queues; false leaves them to the sweep. */
  enqueue(promised: Promised): Promise<boolean>;
  /** Per delivery. */
  maxAttempts: number;
}

/** About 50 rows are as good as more; two batches keep Postgres busy while one is being made. */
const storing = {
  maxItems: 50,
  maxInFlight: 2,
  maxQueued: 2_000,
  isPoison: isDataError,
  // A statement holds several copies of its bodies while it is on its way.
  sizes: { of: ({ signal }: NewSignal) => signal.raw.length, perBatch: 4 * 1_048_576, inHand: mostInHand },
};
/** Garbage must not keep Postgres from signals; each may be 1 MiB large. */
const keeping = { maxItems: 1, maxInFlight: 2, maxQueued: 100 };
const claiming = { maxItems: 100, maxInFlight: 2, maxQueued: 10_000 };

/** What the gateway is made of. */
export interface Servers {
  config: Config;
  log: Log;
  pool: Pool;
  redis: Redis;
  queues: Queues;
  subscriptions: Subscriptions;
  keys: KeyRing;
  sessions: Sessions;
}

export function createGateway({ config, log, pool, redis, queues, subscriptions, keys }: Servers): Gateway {
  const claimMany = failFast(redis, (keys: string[]) => claim(redis, keys));
  const settleMany = failFast(redis, (settled: Settled[]) => settleClaims(redis, settled));
  const claimOne = groupCommit(claimMany, claiming);
  const settleOne = groupCommit(async (settled: Settled[]) => {
    await settleMany(settled);
    return settled;
  }, claiming);
  const directory = createDirectory(config.policy, pool, subscriptions);
  const epoch = remembered(() => queueEpoch(pool));
  return {
    rateLimit: openRateLimit(config.INGEST_RATE_LIMIT, redis, log),
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
    directory: directory.lookUp,
    forgetDirectory: () => {
      directory.forget();
      keys.forget();
    },
    store: groupCommit((signals: NewSignal[]) => storeBatch(pool, signals), storing),
    keepRejected: groupCommit(async (rejected: Rejected[]) => {
      for (const one of rejected) await keepRejected(pool, one);
      return rejected.map(() => undefined);
    }, keeping),
    enqueue: createEnqueue(redis, queues, log),
    maxAttempts: maxAttempts(config.RETRY_SCHEDULE),
  };
}

async function storeBatch(pool: Pool, signals: NewSignal[]): Promise<Stored[]> {
  const started = performance.now();
  const stored = await storeSignals(pool, signals);
  storeBatchSize.observe(signals.length);
  storeDuration.observe((performance.now() - started) / 1_000);
  return stored;
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

import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '@signalbox/domain';
import {
  type AttemptRecord,
  type Deferred,
  deferDeliveries,
  isDataError,
  isTransient,
  isUnavailable,
  leaseDeliveries,
  type Pool,
  recordAttempts,
} from '@signalbox/postgres';
import { type DeliveryQueue, enqueueOwn, type OwnJob } from '@signalbox/redis';
import { enqueueFailures, groupCommit, type Log } from '@signalbox/runtime';

/** What an attempt needs from Postgres and Redis, each call joined with those of other attempts. */
export interface Desk {
  /** Takes a delivery for sending; null when it is not due, has ended, or is in other hands. */
  lease(id: string): Promise<Delivery | null>;
  /** Whether the record was the first of its attempt. */
  record(record: AttemptRecord): Promise<boolean>;
  /** Gives a lease back until the delivery's turn comes. */
  defer(deferred: Deferred): Promise<void>;
  /** Gives a delivery a job of its own; if Redis will not, the sweep does so later. */
  giveOwnJob(job: OwnJob): Promise<void>;
}

const batches = { maxItems: 100, maxInFlight: 2, maxQueued: 100_000, isPoison: isDataError };

/**
 * @param lease how long a delivery stays in our hands, longer than any attempt takes; whether revisions keep their order
 * @param stopping ends the patience with a Postgres that is away
 */
export function createDesk(
  pool: Pool,
  queue: DeliveryQueue,
  lease: { ms: number; inOrder: boolean },
  stopping: AbortSignal,
  log: Log,
): Desk {
  const patiently = <T>(work: () => Promise<T>) => whilePostgresIsAway(work, stopping, log);
  const defer = groupCommit(async (deferred: Deferred[]) => {
    await patiently(() => deferDeliveries(pool, deferred));
    return deferred;
  }, batches);
  const giveOwnJob = groupCommit(async (jobs: OwnJob[]) => {
    try {
      await enqueueOwn(queue, jobs);
    } catch (error) {
      log.warn({ err: error, queue: queue.name, deliveries: jobs.length }, 'enqueue.failed');
      enqueueFailures.inc({ queue: queue.name }, jobs.length);
    }
    return jobs;
  }, batches);
  return {
    lease: groupCommit(
      (ids: string[]) => patiently(() => leaseDeliveries(pool, ids, lease.ms, lease.inOrder)),
      batches,
    ),
    record: groupCommit(
      (records: AttemptRecord[]) => patiently(() => recordAttempts(pool, records)),
      batches,
    ),
    defer: async (one) => {
      await defer(one);
    },
    giveOwnJob: async (job) => {
      await giveOwnJob(job);
    },
  };
}

/** For so long a process that was asked to stop still waits for Postgres; it has 25 s for all. Unit: ms. */
const stoppingPatienceMs = 15_000;

/** A result must not be forgotten because Postgres restarts: asked again until it answers, or until we have to stop. */
async function whilePostgresIsAway<T>(work: () => Promise<T>, stopping: AbortSignal, log: Log): Promise<T> {
  let giveUpAt = Number.POSITIVE_INFINITY;
  for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, 2_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) && !isUnavailable(error)) throw error;
      if (stopping.aborted) giveUpAt = Math.min(giveUpAt, Date.now() + stoppingPatienceMs);
      if (Date.now() >= giveUpAt) throw error;
      log.warn({ err: error, pause_ms: pauseMs }, 'postgres.away');
      await sleep(pauseMs);
    }
  }
}

import {
  dropAttemptPartitions,
  dropRejected,
  ensureAttemptPartitions,
  exclusively,
  type Pool,
  tidyAttemptCounts,
} from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { every } from './every.js';

const hourMs = 60 * 60 * 1000;

/** What is removed when it is past its time. */
export interface Retention {
  /** Attempts are kept at least so long, and at most a day longer. */
  attemptHours: number;
  /** So long after it came last, what was turned away is kept, and an hour longer. */
  rejectedDays: number;
}

/** Once an hour, see {@link maintain}. */
export function maintainUntil(
  stopping: AbortSignal,
  pool: Pool,
  retention: Retention,
  log: Log,
): Promise<void> {
  return every(
    hourMs,
    stopping,
    () => maintain(pool, retention, log, new Date()),
    (error) => log.warn({ err: error }, 'maintenance.failed'),
  );
}

/** Makes the attempt log's partitions for the days to come, and removes what is past its time. */
export async function maintain(
  pool: Pool,
  { attemptHours, rejectedDays }: Retention,
  log: Log,
  now: Date,
): Promise<void> {
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * hourMs);
  await exclusively(pool, 'maintenance', async () => {
    await ensureAttemptPartitions(pool, now);
    const dropped = await dropAttemptPartitions(pool, hoursAgo(attemptHours));
    if (dropped.length > 0) log.info({ dropped }, 'attempts.dropped');
    await tidyAttemptCounts(pool, now);
    const forgotten = await dropRejected(pool, hoursAgo(rejectedDays * 24));
    if (forgotten > 0) log.info({ forgotten }, 'rejected.dropped');
  });
}

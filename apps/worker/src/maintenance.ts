import {
  dropAttemptPartitions,
  ensureAttemptPartitions,
  exclusively,
  type Pool,
  tidyAttemptCounts,
} from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { every } from './every.js';

const hourMs = 60 * 60 * 1000;

/** Once an hour, see {@link maintain}. */
export function maintainUntil(
  stopping: AbortSignal,
  pool: Pool,
  retentionHours: number,
  log: Log,
): Promise<void> {
  return every(
    hourMs,
    stopping,
    () => maintain(pool, retentionHours, log, new Date()),
    (error) => log.warn({ err: error }, 'maintenance.failed'),
  );
}

/**
 * Makes the attempt log's partitions for the days to come, and removes what is past its time.
 * @param retentionHours attempts are kept at least so long, and at most a day longer
 */
export async function maintain(pool: Pool, retentionHours: number, log: Log, now: Date): Promise<void> {
  await exclusively(pool, 'maintenance', async () => {
    await ensureAttemptPartitions(pool, now);
    const dropped = await dropAttemptPartitions(pool, new Date(now.getTime() - retentionHours * hourMs));
    if (dropped.length > 0) log.info({ dropped }, 'attempts.dropped');
    await tidyAttemptCounts(pool, now);
  });
}

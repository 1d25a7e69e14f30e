import { dropAttemptPartitions, ensureAttemptPartitions, type Pool } from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { every } from './every.js';

const hourMs = 60 * 60 * 1000;

/** Once an hour: makes the partitions of the days to come, and drops those past the retention. */
export function maintainUntil(
  stopping: AbortSignal,
  pool: Pool,
  retentionHours: number,
  log: Log,
): Promise<void> {
  const maintain = async () => {
    await ensureAttemptPartitions(pool, new Date());
    const dropped = await dropAttemptPartitions(pool, new Date(Date.now() - retentionHours * hourMs));
    if (dropped.length > 0) log.info({ dropped }, 'attempts.dropped');
  };
  return every(hourMs, stopping, maintain, (error) => log.warn({ err: error }, 'maintenance.failed'));
}

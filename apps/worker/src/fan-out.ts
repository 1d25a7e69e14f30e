import type { RoutingPolicy } from '@signalbox/domain';
import { type FanOutKey, fanOutNext, type Pool } from '@signalbox/postgres';
import type { FanOutJob } from '@signalbox/redis';
import type { Log } from '@signalbox/runtime';
import { type AllQueues, putInQueues } from './put-in-queues.js';

export interface FanningOut {
  pool: Pool;
  queues: AllQueues;
  log: Log;
  policy: RoutingPolicy;
}

/** Users per transaction: a killed worker loses less than this, and none of it is written twice. */
const size = 500;

/**
 * Writes all deliveries a signal owes to the users of its store, chunk by chunk, each on its way as soon as it stands.
 * Whoever comes after a worker that died goes on where that one had come to. Answers with what it did, for Bull Board.
 */
export async function fanOut(
  job: FanOutJob,
  context: FanningOut,
): Promise<{ deliveries: number; done: boolean }> {
  const { pool, queues, log, policy } = context;
  const key: FanOutKey = { signalId: job.signal_id, revision: job.revision };
  const started = performance.now();
  let deliveries = 0;
  for (;;) {
    const chunk = await fanOutNext(pool, key, policy, size);
    if (!chunk) return { deliveries, done: false };
    deliveries += chunk.owed.length;
    await putInQueues(chunk.owed, queues, log);
    if (chunk.done) break;
  }
  const duration_ms = Math.round(performance.now() - started);
  log.info({ ...job, deliveries, duration_ms }, 'signal.fanned_out');
  return { deliveries, done: true };
}

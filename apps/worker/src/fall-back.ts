import { fallBack, type Pool } from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { every } from './every.js';
import { fallbacks } from './metrics.js';
import { type AllQueues, putInQueues } from './put-in-queues.js';

/** How soon a user's next channel is tried when it is due. Unit: ms. */
const everyMs = 500;
const batch = 500;

/** Tries the next channel of users whose delivery has failed or takes too long. */
export function fallBackUntil(
  stopping: AbortSignal,
  context: { pool: Pool; queues: AllQueues; log: Log; maxAttempts: number },
): Promise<void> {
  return every(
    everyMs,
    stopping,
    () => fallBackAll(context),
    (error) => context.log.warn({ err: error }, 'fallback.failed'),
  );
}

export async function fallBackAll(context: {
  pool: Pool;
  queues: AllQueues;
  log: Log;
  maxAttempts: number;
}): Promise<void> {
  const { pool, queues, log, maxAttempts } = context;
  for (;;) {
    const owed = await fallBack(pool, maxAttempts, batch);
    if (owed.length > 0) log.info({ deliveries: owed.length }, 'fallback.tried');
    for (const { channel } of owed) fallbacks.inc({ channel });
    await putInQueues(owed, queues, log);
    if (owed.length < batch) return;
  }
}

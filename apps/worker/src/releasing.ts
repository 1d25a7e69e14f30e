import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, releaseHeld, wakeDeferred } from '@signalbox/postgres';
import { type DeliveryQueue, promoteOwn } from '@signalbox/redis';
import type { Log } from '@signalbox/runtime';
import { every } from './every.js';
import { heldReleased } from './metrics.js';
import { type AllQueues, putInQueues } from './put-in-queues.js';

/** How soon what was held is on its way when its subscription is enabled. Unit: ms. */
const everyMs = 500;
const batch = 500;

/** Puts what was held for subscriptions that are enabled now in line, in its order. */
export function releaseUntil(
  stopping: AbortSignal,
  { pool, queues, log }: { pool: Pool; queues: AllQueues; log: Log },
): Promise<void> {
  const release = async () => {
    for (;;) {
      const owed = await releaseHeld(pool, batch);
      if (owed.length > 0) log.info({ deliveries: owed.length }, 'held.released');
      heldReleased.inc(owed.length);
      await putInQueues(owed, queues, log);
      if (owed.length < batch) return;
    }
  };
  return every(everyMs, stopping, release, (error) => log.warn({ err: error }, 'release.failed'));
}

/** So many at a time are woken, and then nothing for a moment: a receiver that is back must not be run over. */
const wakeBatch = 100;
const wakePauseMs = 100;
const firstId = '00000000-0000-0000-0000-000000000000';

/** Wakes the deliveries that wait for a target which is well again, one call at a time per target. */
export function waker(context: { pool: Pool; queue: DeliveryQueue; log: Log }): (target: string) => void {
  const waking = new Set<string>();
  return (target) => {
    if (waking.has(target)) return;
    waking.add(target);
    void wake(target, context)
      .catch((error: unknown) => context.log.warn({ err: error, subscription_id: target }, 'wake.failed'))
      .finally(() => waking.delete(target));
  };
}

async function wake(target: string, { pool, queue, log }: { pool: Pool; queue: DeliveryQueue; log: Log }) {
  let after = firstId;
  for (let woken = 0; ; await sleep(wakePauseMs)) {
    const ids = await wakeDeferred(pool, target, after, wakeBatch);
    await promoteOwn(queue, ids);
    woken += ids.length;
    after = ids.at(-1) ?? after;
    if (ids.length === wakeBatch) continue;
    if (woken > 0) log.info({ subscription_id: target, deliveries: woken }, 'target.woken');
    return;
  }
}

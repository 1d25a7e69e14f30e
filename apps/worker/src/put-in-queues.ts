import type { Owed } from '@signalbox/postgres';
import { type DeliveryQueue, enqueuePromised } from '@signalbox/redis';
import { enqueueFailures, type Log } from '@signalbox/runtime';

/** The queues of all channels by channel, whichever of them this process serves. */
export type AllQueues = ReadonlyMap<string, DeliveryQueue>;

/** Gives jobs to deliveries that were just written down; what gets none is found by the sweep. */
export async function putInQueues(owed: readonly Owed[], queues: AllQueues, log: Log): Promise<void> {
  for (const [channel, queue] of queues) {
    const items = owed.filter((delivery) => delivery.channel === channel);
    if (items.length === 0) continue;
    try {
      await enqueuePromised(queue, items);
    } catch (error) {
      log.warn({ err: error, queue: queue.name, deliveries: items.length }, 'enqueue.failed');
      enqueueFailures.inc({ queue: queue.name }, items.length);
    }
  }
}

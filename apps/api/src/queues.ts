import { channelNames } from '@signalbox/channels';
import {
  type DeliveryQueue,
  type FanOutQueue,
  openFanOutQueue,
  openPollQueue,
  openQueue,
  type PollQueue,
  type Redis,
} from '@signalbox/redis';

/** Every queue there is. */
export interface Queues {
  /** By channel. */
  deliveries: ReadonlyMap<string, DeliveryQueue>;
  fanOuts: FanOutQueue;
  polls: PollQueue;
}

/** @param onError hears that Redis is away, once per queue */
export function openQueues(redis: Redis, onError: (error: Error) => void): Queues {
  const deliveries = new Map(channelNames.map((channel) => [channel, openQueue(redis, channel)]));
  const queues = { deliveries, fanOuts: openFanOutQueue(redis), polls: openPollQueue(redis) };
  for (const queue of listed(queues)) queue.on('error', onError);
  return queues;
}

/** All of them in a list. */
export function listed({ deliveries, fanOuts, polls }: Queues) {
  return [...deliveries.values(), fanOuts, polls];
}

export async function closeQueues(queues: Queues): Promise<void> {
  await Promise.all(listed(queues).map((queue) => queue.close()));
}

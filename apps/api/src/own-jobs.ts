import type { Replayed } from '@signalbox/postgres';
import {
  type DeliveryQueue,
  enqueueOwn,
  failFast,
  type Redis,
  RedisAway,
  removeOwnJobs,
} from '@signalbox/redis';
import type { Context } from './context.js';
import { within } from './enqueue.js';

/** What an operator's wish changes in the queues. Neither fails: the sweep sees to what has no job. */
export interface OwnJobs {
  /** Gives deliveries jobs of their own, in place of those they had. */
  renew(replayed: readonly Replayed[]): Promise<void>;
  /** Takes its own job from a delivery that will not be sent. */
  remove(delivery: { id: string; channel: string }): Promise<void>;
}

/** A Redis that does not answer is given up on after this. Unit: ms. */
const patienceMs = 1_500;

export function createOwnJobs({ redis, queues, log }: Pick<Context, 'redis' | 'queues' | 'log'>): OwnJobs {
  const change = failFast(redis, (work: () => Promise<void>) => within(patienceMs, work()));
  const tryTo = async (work: () => Promise<void>) => {
    try {
      await change(work);
    } catch (error) {
      // That Redis is away was said when the connection was lost.
      log[error instanceof RedisAway ? 'debug' : 'warn']({ err: error }, 'own_jobs.failed');
    }
  };
  return {
    renew: (replayed) =>
      tryTo(async () => {
        for (const [channel, queue] of queues.deliveries) {
          const items = replayed.filter((delivery) => delivery.channel === channel);
          if (items.length > 0) await renewIn(redis, queue, items);
        }
      }),
    remove: ({ id, channel }) =>
      tryTo(async () => {
        const queue = queues.deliveries.get(channel);
        if (queue) await removeOwnJobs(redis, queue, [id]);
      }),
  };
}

async function renewIn(redis: Redis, queue: DeliveryQueue, replayed: readonly Replayed[]): Promise<void> {
  await removeOwnJobs(
    redis,
    queue,
    replayed.map(({ id }) => id),
  );
  await enqueueOwn(
    queue,
    replayed.map(({ id, correlationId, dueInMs }) => ({ id, correlationId, delayMs: dueInMs, attempts: 1 })),
  );
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Replayed } from '@signalbox/postgres';
import {
  type DeliveryQueue,
  enqueuePromised,
  failFast,
  type Redis,
  RedisAway,
  removeOwnJobs,
} from '@signalbox/redis';
import type { Context } from './context.js';
import { within } from './enqueue.js';

/** What an operator's wish changes in the queues. Neither fails: the sweep sees to what has no job. */
export interface OwnJobs {
  /** Gives deliveries jobs of their own, in place of those they had; what has long to wait may have to wait for that. */
  renew(replayed: readonly Replayed[]): Promise<void>;
  /** Takes its own job from a delivery that will not be sent. */
  remove(delivery: { id: string; channel: string }): Promise<void>;
}

/** A Redis that does not answer is given up on after this. Unit: ms. */
const patienceMs = 1_500;
/** Jobs at a time. With the pause between, thousands cost those who come in meanwhile a few percent. */
const chunk = 250;
/** Unit: ms. */
const pauseMs = 250;

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
    renew: async (replayed) => {
      for (let at = 0; at < replayed.length; at += chunk) {
        // Does not keep a process alive that is to stop.
        if (at > 0) await sleep(pauseMs, undefined, { ref: false });
        await tryTo(() => renewIn(redis, queues.deliveries, replayed.slice(at, at + chunk)));
      }
    },
    remove: ({ id, channel }) =>
      tryTo(async () => {
        const queue = queues.deliveries.get(channel);
        if (queue) await removeOwnJobs(redis, queue, [id]);
      }),
  };
}

async function renewIn(
  redis: Redis,
  queues: ReadonlyMap<string, DeliveryQueue>,
  replayed: readonly Replayed[],
): Promise<void> {
  for (const [channel, queue] of queues) {
    const items = replayed.filter((delivery) => delivery.channel === channel);
    if (items.length === 0) continue;
    await removeOwnJobs(
      redis,
      queue,
      items.map(({ id }) => id),
    );
    await enqueuePromised(
      queue,
      items.map(({ id, correlationId, dueAt }) => ({ id, correlationId, notBefore: dueAt, attempts: 1 })),
    );
  }
}

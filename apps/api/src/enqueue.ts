import type { Owed } from '@signalbox/postgres';
import { type DeliveryQueue, enqueueFirst, failFast, type Redis, RedisAway } from '@signalbox/redis';
import { groupCommit, type Log } from '@signalbox/runtime';

/** The delivery queues by channel. */
export type Queues = ReadonlyMap<string, DeliveryQueue>;

const adding = { maxItems: 250, maxInFlight: 2, maxQueued: 20_000 };
/** A Redis that neither takes nor refuses the jobs is given up on after this. Unit: ms. */
const patienceMs = 1_500;

/** Puts deliveries into the queues of their channels; never fails, since whatever gets no job is found by the sweep. */
export function createEnqueue(redis: Redis, queues: Queues, log: Log): (owed: Owed[]) => Promise<boolean> {
  const addOne = new Map([...queues].map(([channel, queue]) => [channel, adder(redis, queue, log)]));
  return async (owed) => {
    const added = await Promise.all(
      owed.map(async (delivery) => (await addOne.get(delivery.channel)?.(delivery)) ?? false),
    );
    return added.every(Boolean);
  };
}

function adder(redis: Redis, queue: DeliveryQueue, log: Log): (owed: Owed) => Promise<boolean> {
  const add = failFast(redis, (items: Owed[]) => within(patienceMs, enqueueFirst(queue, items)));
  const failed = (error: unknown, deliveries: number) => {
    // That Redis is away was said when the connection was lost, and is said by each request's own line.
    const level = error instanceof RedisAway ? 'debug' : 'warn';
    log[level]({ err: error, queue: queue.name, deliveries }, 'enqueue.failed');
    return false;
  };
  const one = groupCommit(async (items: Owed[]) => {
    try {
      await add(items);
      return items.map(() => true);
    } catch (error) {
      const answer = failed(error, items.length);
      return items.map(() => answer);
    }
  }, adding);
  return (owed) => one(owed).catch((error: unknown) => failed(error, 1));
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from Redis after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

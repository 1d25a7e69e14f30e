import type { Owed, Stored } from '@signalbox/postgres';
import {
  enqueueFanOuts,
  enqueuePromised,
  type FanOutJob,
  failFast,
  type Redis,
  RedisAway,
} from '@signalbox/redis';
import { enqueueFailures, groupCommit, type Log } from '@signalbox/runtime';
import type { Queues } from './queues.js';

/** What was stored and wants jobs. */
export type Promised = Pick<Stored, 'owed' | 'fanOut' | 'signalId' | 'revision'>;

const adding = { maxItems: 250, maxInFlight: 2, maxQueued: 20_000 };
/** A Redis that neither takes nor refuses the jobs is given up on after this. Unit: ms. */
const patienceMs = 1_500;

/** Puts what was promised into its queues; never fails, since whatever gets no job is found by the sweep. */
export function createEnqueue(
  redis: Redis,
  queues: Queues,
  log: Log,
): (promised: Promised) => Promise<boolean> {
  const addOne = new Map(
    [...queues.deliveries].map(([channel, queue]) => [
      channel,
      adder<Owed>(redis, queue.name, (items) => enqueuePromised(queue, items), log),
    ]),
  );
  const addFanOut = adder<FanOutJob>(
    redis,
    queues.fanOuts.name,
    (items) => enqueueFanOuts(queues.fanOuts, items),
    log,
  );
  return async ({ owed, fanOut, signalId, revision }) => {
    const adds = owed.map((delivery) => addOne.get(delivery.channel)?.(delivery) ?? unknownChannel);
    if (fanOut) adds.push(addFanOut({ signal_id: signalId, revision }));
    const added = await Promise.all(adds);
    return added.every(Boolean);
  };
}

const unknownChannel = Promise.resolve(false);

function adder<Item>(
  redis: Redis,
  queue: string,
  addMany: (items: Item[]) => Promise<void>,
  log: Log,
): (item: Item) => Promise<boolean> {
  const add = failFast(redis, (items: Item[]) => within(patienceMs, addMany(items)));
  const failed = (error: unknown, jobs: number) => {
    // That Redis is away was said when the connection was lost, and is said by each request's own line.
    const level = error instanceof RedisAway ? 'debug' : 'warn';
    log[level]({ err: error, queue, jobs }, 'enqueue.failed');
    enqueueFailures.inc({ queue }, jobs);
    return false;
  };
  const one = groupCommit(async (items: Item[]) => {
    try {
      await add(items);
      return items.map(() => true);
    } catch (error) {
      const answer = failed(error, items.length);
      return items.map(() => answer);
    }
  }, adding);
  return (item) => one(item).catch((error: unknown) => failed(error, 1));
}

/** Waits for `work` no longer than `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

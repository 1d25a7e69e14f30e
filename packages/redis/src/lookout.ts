import type { Redis } from 'ioredis';
import type { DeliveryQueue } from './queues.js';

/**
 * When the oldest job that still waits was added; null when none waits. The queue is first in, first out: what was
 * promised well before that moment has had its turn.
 */
export async function oldestWaiting(redis: Redis, queue: DeliveryQueue): Promise<Date | null> {
  // An operator's pause renames the list.
  const id = (await redis.lindex(queue.toKey('wait'), -1)) ?? (await redis.lindex(queue.toKey('paused'), -1));
  if (id === null) return null;
  const timestamp = await redis.hget(queue.toKey(id), 'timestamp');
  return timestamp === null ? null : new Date(Number(timestamp));
}

/**
 * Which of these deliveries have no job of their own that will still run. A job that had failed is removed, so
 * that its id is free again.
 */
export async function withoutOwnJob(
  redis: Redis,
  queue: DeliveryQueue,
  ids: readonly string[],
): Promise<string[]> {
  const jobIds = ids.map((id) => `d-${id}`);
  const pipeline = redis.pipeline();
  for (const jobId of jobIds) pipeline.exists(queue.toKey(jobId)).zscore(queue.toKey('failed'), jobId);
  const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
  const failed = jobIds.filter((_, index) => answers[2 * index + 1] !== null);
  for (const jobId of failed) await queue.remove(jobId);
  return ids.filter((_, index) => answers[2 * index] === 0 || answers[2 * index + 1] !== null);
}

const epochKey = '{signalbox}:epoch';

/** Whose jobs this Redis holds; null when it is new, or was emptied. */
export function readEpoch(redis: Redis): Promise<string | null> {
  return redis.get(epochKey);
}

/** Marks this Redis as holding the jobs of `epoch`. */
export async function writeEpoch(redis: Redis, epoch: string): Promise<void> {
  await redis.set(epochKey, epoch);
}

const workersKey = '{signalbox}:workers';
const aliveMs = 15_000;

/** Says that a worker process lives; to be repeated every second or so. */
export async function heartbeat(redis: Redis, worker: string, now = Date.now()): Promise<void> {
  await redis
    .pipeline()
    .zadd(workersKey, now, worker)
    .zremrangebyscore(workersKey, 0, now - aliveMs)
    .exec();
}

/** Says that a worker process has stopped. */
export async function signOff(redis: Redis, worker: string): Promise<void> {
  await redis.zrem(workersKey, worker);
}

/** How many worker processes have given a sign of life in the last 15 s. */
export function workersAlive(redis: Redis, now = Date.now()): Promise<number> {
  return redis.zcount(workersKey, now - aliveMs, '+inf');
}

import type { Redis } from 'ioredis';
import type { DeliveryQueue } from './queues.js';
import { runScript } from './script.js';

/** When the oldest jobs that still wait were added; null where none waits. */
export interface OldestWaiting {
  /** Of those that take their turn. */
  inLine: Date | null;
  /** Of those that `enqueueFound` put behind them. */
  behind: Date | null;
}

/** Looks at the heads of a queue's two lines. Each is first in, first out: what was added well before had its turn. */
export async function oldestWaiting(redis: Redis, queue: DeliveryQueue): Promise<OldestWaiting> {
  const keys = ['wait', 'paused', 'prioritized'].map((type) => queue.toKey(type));
  const times = await runScript(redis, 'signalboxOldestWaiting', oldestLua, keys, [queue.toKey('')]);
  const [inLine, behind] = (times as (string | null)[]).map((time) => (time ? new Date(Number(time)) : null));
  return { inLine: inLine ?? null, behind: behind ?? null };
}

// An operator's pause may rename the list.
const oldestLua = `
  local function added(id)
    return id and redis.call('HGET', ARGV[1] .. id, 'timestamp') or false
  end
  return {
    added(redis.call('LINDEX', KEYS[1], -1) or redis.call('LINDEX', KEYS[2], -1)),
    added(redis.call('ZRANGE', KEYS[3], 0, 0)[1]),
  }`;

/**
 * Which of these deliveries have no job of their own that will still run. A job that had failed is removed, so
 * that its id is free again.
 */
export async function withoutOwnJob(
  redis: Redis,
  queue: DeliveryQueue,
  ids: readonly string[],
): Promise<string[]> {
  const keys = [queue.toKey('failed'), ...ids.map((id) => queue.toKey(`d-${id}`))];
  const states = (await runScript(redis, 'signalboxOwnJobs', ownJobsLua, keys, ids)) as number[];
  for (const [index, id] of ids.entries()) if (states[index] === failed) await queue.remove(`d-${id}`);
  return ids.filter((_, index) => states[index] !== alive);
}

const alive = 1;
const failed = 2;

// One answer for all: asked for each, thousands cost the worker more than they cost Redis.
const ownJobsLua = `
  local states = {}
  for i, id in ipairs(ARGV) do
    if redis.call('EXISTS', KEYS[i + 1]) == 0 then states[i] = 0
    else states[i] = redis.call('ZSCORE', KEYS[1], 'd-' .. id) and ${failed} or ${alive} end
  end
  return states`;

const epochKey = '{signalbox}:epoch';

/** Whose jobs this Redis holds; null when it is new, or was emptied. */
export function readEpoch(redis: Redis): Promise<string | null> {
  return redis.get(epochKey);
}

/** Marks this Redis as holding the jobs of `epoch`. */
export async function writeEpoch(redis: Redis, epoch: string): Promise<void> {
  await redis.set(epochKey, epoch);
  await redis.del(repairKey(epoch));
}

const repairKey = (epoch: string) => `{signalbox}:repair:${epoch}`;

/**
 * Notes that the jobs of `epoch` are being put in line anew because they were lost before `now`.
 * @returns the `now` that was noted first: what was put in line since has its job here, also if a repair was broken off
 */
export async function beginRepair(redis: Redis, epoch: string, now: number): Promise<number> {
  await redis.set(repairKey(epoch), now, 'NX');
  return Number(await redis.get(repairKey(epoch)));
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

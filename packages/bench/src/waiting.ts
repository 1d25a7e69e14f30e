import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { accepted, type Instruments } from './carry-through.js';
import { usedMemory } from './redis-memory.js';
import type { RunningSide } from './running-side.js';

/** What Redis holds for each delivery while it waits. Unit: bytes. */
export interface WaitingCost {
  /** Growth of Redis's memory, divided by the deliveries. */
  total: number;
  /** The part of it that only remembers which alerts were seen (plain string keys), and outlives the delivery. */
  claims: number;
}

const alerts = 5_000;
const settleMs = 1_000;

/** Fills the queue of a side that runs without its worker, and weighs it. */
export async function weighWaiting(
  running: RunningSide,
  instruments: Instruments,
  locations: readonly string[],
): Promise<WaitingCost> {
  const fill = (limit: number) => fillQueue(running, instruments, locations, limit);
  const redis = new Redis(running.redis.url);
  try {
    // Scripts, connections and their buffers must not count as deliveries.
    await fill(500);
    const before = await usedMemory(redis);
    const claimsBefore = await claimMemory(redis);
    const count = (await fill(alerts)) * instruments.usersPerStore;
    const grown = (await usedMemory(redis)) - before;
    return { total: grown / count, claims: ((await claimMemory(redis)) - claimsBefore) / count };
  } finally {
    redis.disconnect();
  }
}

async function fillQueue(
  { target }: RunningSide,
  { load }: Instruments,
  locations: readonly string[],
  limit: number,
): Promise<number> {
  const order = { kind: 'closed', target, locations, senders: 64, seconds: 60, limit } as const;
  const report = await load.carryOut(order);
  await sleep(settleMs);
  return accepted(report);
}

async function claimMemory(redis: Redis): Promise<number> {
  let bytes = 0;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1_000, 'TYPE', 'string');
    const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key)));
    bytes += sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    cursor = next;
  } while (cursor !== '0');
  return bytes;
}

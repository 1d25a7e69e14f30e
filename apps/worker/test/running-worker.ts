import type { Send } from '@signalbox/channels';
import { type Outcome, onCall } from '@signalbox/domain';
import { connect, type Owed, type Pool, storeSignals } from '@signalbox/postgres';
import { newSignal, testDatabase } from '@signalbox/postgres/testing';
import {
  connectCommands,
  connectWorker,
  type DeliveryQueue,
  openFanOutQueue,
  openQueue,
  type Redis,
  work,
} from '@signalbox/redis';
import { testRedis } from '@signalbox/redis/testing';
import { createLog, type Log } from '@signalbox/runtime';
import { attempt } from '../src/attempt.js';
import { deliver } from '../src/deliver.js';
import { createDesk } from '../src/desk.js';
import type { Sweeping } from '../src/sweep.js';

/** The channel all tests of the worker deliver through; its receiver is scripted. */
export const channel = 'test';

/** Postgres and Redis of a test's own, and workers in this process. */
export interface Bench extends Sweeping {
  pool: Pool;
  redis: Redis;
  redisUrl: string;
  queue: DeliveryQueue;
  log: Log;
  lines: Record<string, unknown>[];
  /** Starts a worker that sends with `send`; retries come after `schedule` (ms). */
  start(send: Send, schedule?: number[], leaseMs?: number): void;
  /** Promises `count` deliveries, without giving them jobs. */
  owe(count?: number, maxAttempts?: number): Promise<Owed[]>;
  statusOf(id: string): Promise<{ status: string; attempts_made: number; last_error: string | null }>;
  stop(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const [database, server] = await Promise.all([testDatabase(), testRedis()]);
  const pool = connect(database.url, 10, () => undefined);
  const redis = connectCommands(server.url, () => undefined);
  const queue = openQueue(redis, channel);
  const fanOuts = openFanOutQueue(redis);
  await Promise.all([queue.waitUntilReady(), fanOuts.waitUntilReady()]);
  const lines: Record<string, unknown>[] = [];
  const log = createLog('worker', 'debug', { write: (line) => void lines.push(JSON.parse(line)) });
  const stopping = new AbortController();
  const closers: (() => Promise<void>)[] = [];
  return {
    pool,
    redis,
    redisUrl: server.url,
    queue,
    queues: new Map([[channel, queue]]),
    fanOuts,
    log,
    lines,
    owe: (count = 1, maxAttempts = 3) => owe(pool, count, maxAttempts),
    start: (send, schedule = [20, 20], leaseMs = 5_000) => {
      const desk = createDesk(pool, queue, { ms: leaseMs, inOrder: false }, stopping.signal, log);
      const one = {
        desk,
        pool,
        log,
        attempt: async (delivery: Parameters<Send>[0]) =>
          (await attempt(delivery, send, schedule, desk, log)).next,
      };
      const connection = connectWorker(server.url, () => undefined);
      const worker = work(connection, channel, 4, deliver(one));
      worker.on('error', (error) => log.warn({ err: error }, 'queue.error'));
      closers.push(async () => {
        await worker.close();
        connection.disconnect();
      });
    },
    statusOf: async (id) => {
      const { rows } = await pool.query(
        'select status, attempts_made, last_error from deliveries where id = $1',
        [id],
      );
      return rows[0];
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(closers.map((close) => close()));
      await Promise.all([queue.close(), fanOuts.close()]);
      redis.disconnect();
      await pool.end();
      await Promise.all([database.drop(), server.drop()]);
    },
  };
}

async function owe(pool: Pool, count: number, maxAttempts: number): Promise<Owed[]> {
  const signals = Array.from({ length: count }, () => ({
    ...newSignal({}, [{ ...onCall, channel }]),
    maxAttempts,
  }));
  const stored = await storeSignals(pool, signals);
  return stored.flatMap(({ owed }) => owed);
}

/** A receiver that answers each delivery with the outcomes given, one after the other, and counts. */
export function scripted(
  ...outcomes: (Outcome | Error)[]
): Send & { calls: { id: string; attempt: number }[] } {
  const calls: { id: string; attempt: number }[] = [];
  const send: Send = async ({ id, attempt: number }) => {
    const turn = calls.filter((call) => call.id === id).length;
    calls.push({ id, attempt: number });
    const outcome = outcomes[Math.min(turn, outcomes.length - 1)] as Outcome | Error;
    if (outcome instanceof Error) throw outcome;
    return { outcome, targetUrl: 'http://receiver/', statusCode: 200, responseExcerpt: null };
  };
  return Object.assign(send, { calls });
}

/** Asks until `check` holds. */
export async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
}

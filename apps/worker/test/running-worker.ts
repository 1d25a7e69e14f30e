import type { Send } from '@signalbox/channels';
import { newId, type Outcome } from '@signalbox/domain';
import { connect, type Owed, type Pool, storeSignals } from '@signalbox/postgres';
import { testDatabase } from '@signalbox/postgres/testing';
import {
  connectCommands,
  connectWorker,
  type DeliveryQueue,
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
  await queue.waitUntilReady();
  const lines: Record<string, unknown>[] = [];
  const log = createLog('worker', 'debug', { write: (line) => void lines.push(JSON.parse(line)) });
  const stopping = new AbortController();
  const closers: (() => Promise<void>)[] = [];
  return {
    pool,
    redis,
    queue,
    queues: new Map([[channel, queue]]),
    log,
    lines,
    owe: (count = 1, maxAttempts = 3) => owe(pool, count, maxAttempts),
    start: (send, schedule = [20, 20], leaseMs = 5_000) => {
      const desk = createDesk(pool, queue, { ms: leaseMs, inOrder: false }, stopping.signal, log);
      const one = {
        desk,
        pool,
        log,
        attempt: (delivery: Parameters<Send>[0]) => attempt(delivery, send, schedule, desk, log),
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
      await queue.close();
      redis.disconnect();
      await pool.end();
      await Promise.all([database.drop(), server.drop()]);
    },
  };
}

async function owe(pool: Pool, count: number, maxAttempts: number): Promise<Owed[]> {
  const signals = Array.from({ length: count }, () => ({
    id: newId(),
    maxAttempts,
    correlationId: 'request-1',
    suppressedBy: null,
    targets: [{ channel, target: 'default', userId: null }],
    signal: {
      eventId: 'evt',
      source: 'test',
      dedupeKey: newId(),
      version: 0,
      eventType: 'test',
      kind: 'event' as const,
      severity: 'critical' as const,
      service: 'test',
      summary: '',
      description: null,
      startedAt: new Date(),
      resolvedAt: null,
      audience: { type: 'operators' as const },
      testMode: false,
      raw: Buffer.from('{}'),
    },
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

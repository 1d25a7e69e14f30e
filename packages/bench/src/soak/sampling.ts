import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { readMemory } from '../cpu.js';
import { usedMemory } from '../redis-memory.js';
import type { RunningSide } from '../running-side.js';

/** The tables that are written on the way of a signal. */
export const tables = ['signals', 'deliveries', 'attempts'] as const;
export type TableName = (typeof tables)[number];

/** A table with its indexes and partitions. */
export interface TableSize {
  bytes: number;
  /** All that was ever inserted; nothing is deleted meanwhile. */
  rows: number;
  /** Row versions nobody needs, which are still there. */
  dead: number;
}

/** What there is at one moment. */
export interface Sample {
  /** Resident memory. Unit: bytes. */
  api: number;
  worker: number;
  /** Open files and sockets. */
  apiFiles: number;
  workerFiles: number;
  /** Unit: bytes. */
  redis: number;
  /** By how much the API's event loop was late since the last sample, p99. Unit: ms. */
  apiLag: number;
  tables: Record<TableName, TableSize>;
}

const everyMs = 10_000;

/** Looks at everything every 10 s while `work` lasts. */
export async function sampling<Result>(
  running: RunningSide,
  work: () => Promise<Result>,
): Promise<{ result: Result; samples: Sample[] }> {
  const redis = new Redis(running.redis.url);
  const over = new AbortController();
  try {
    const working = work().finally(() => over.abort());
    const [result, samples] = await Promise.all([working, sampleUntil(over.signal, running, redis)]);
    return { result, samples };
  } finally {
    redis.disconnect();
  }
}

async function sampleUntil(over: AbortSignal, running: RunningSide, redis: Redis): Promise<Sample[]> {
  const samples: Sample[] = [];
  while (!over.aborted) {
    samples.push(await takeSample(running, redis));
    await sleep(everyMs, undefined, { signal: over }).catch((error: unknown) => {
      if (!over.aborted) throw error;
    });
  }
  return samples;
}

async function takeSample({ api, worker, target, db }: RunningSide, redis: Redis): Promise<Sample> {
  const workerPid = worker?.pid as number;
  return {
    api: (await readMemory(api.pid)).now,
    worker: (await readMemory(workerPid)).now,
    apiFiles: await openFiles(api.pid),
    workerFiles: await openFiles(workerPid),
    redis: await usedMemory(redis),
    apiLag: await loopLag(target),
    tables: await tableSizes(db),
  };
}

async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function loopLag(target: string): Promise<number> {
  const text = await (await fetch(`${target}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds ([\d.e-]+)/m.exec(text)?.[1]) * 1_000;
}

async function tableSizes(db: Pool): Promise<Sample['tables']> {
  const { rows } = await db.query<TableSize & { name: TableName }>(
    `select name, sum(pg_total_relation_size(relid))::float8 as bytes, sum(n_tup_ins)::float8 as rows,
       sum(n_dead_tup)::float8 as dead
     from unnest($1::text[]) as name join pg_stat_user_tables
       on relid = name::regclass or relid in (select inhrelid from pg_inherits where inhparent = name::regclass)
     group by name`,
    [tables],
  );
  return Object.fromEntries(rows.map(({ name, ...size }) => [name, size])) as Sample['tables'];
}

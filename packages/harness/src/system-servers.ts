import { randomUUID } from 'node:crypto';
import { readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createDatabase, dropDatabase, startPostgres } from './postgres-server.js';
import { signalProcess } from './processes.js';
import { startRedis } from './redis-server.js';

/** A Redis to be treated badly. It keeps its port and its data over restarts. */
export interface TestRedis {
  readonly url: string;
  /** empties it, as if it had lost everything */
  readonly flush: () => Promise<void>;
  /** SIGKILL */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** removes what it had written down; after `stop` or `kill` */
  readonly loseData: () => Promise<void>;
  /** removes the last `bytes` of what it had written down, as a power cut may; after `kill` */
  readonly loseTail: (bytes: number) => Promise<void>;
  /** after `stop` or `kill` */
  readonly restart: () => Promise<void>;
  /** takes connections but answers nobody, until `resume` */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** A Postgres to be treated badly, or a database on the one all tests share, which must be left in peace. */
export interface TestPostgres {
  readonly databaseUrl: string;
  /** whether it is ours alone; the rest throws when it is not */
  readonly own: boolean;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** after `stop` or `kill`, on the same port and data */
  readonly start: () => Promise<void>;
  /** drops the database, or ends the server */
  readonly discard: () => Promise<void>;
}

/** Starts a Redis of a test's own. */
export async function startTestRedis(folder: string): Promise<TestRedis> {
  const dataDir = join(folder, 'redis');
  let server = await startRedis({ dataDir });
  const { port } = server;
  return {
    url: server.url,
    flush: () => flush(server.url),
    kill: () => server.kill(),
    stop: () => server.stop(),
    loseData: () => rm(join(dataDir, appendOnly), { recursive: true, force: true }),
    loseTail: (bytes) => cutTail(join(dataDir, appendOnly), bytes),
    restart: async () => {
      server = await startRedis({ dataDir, port });
    },
    pause: () => signalProcess(server.pid, 'SIGSTOP'),
    resume: () => signalProcess(server.pid, 'SIGCONT'),
  };
}

/** Starts a Postgres of a test's own. */
export async function startTestPostgres(folder: string): Promise<TestPostgres> {
  const dataDir = join(folder, 'postgres');
  let server = await startPostgres({ dataDir, durable: false });
  const { port } = server;
  await server.createDatabase('signalbox');
  return {
    databaseUrl: server.url('signalbox'),
    own: true,
    kill: () => server.kill(),
    stop: () => server.stop(),
    start: async () => {
      server = await startPostgres({ dataDir, port, durable: false });
    },
    discard: () => server.kill(),
  };
}

/** A fresh database on the server all tests share. */
export async function createSharedDatabase(adminUrl: string): Promise<TestPostgres> {
  const name = `system_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(adminUrl, name);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const refuse = () => {
    throw new Error(
      'All tests share this Postgres: ask for one of your own with startSystem({ ownPostgres: true }).',
    );
  };
  return {
    databaseUrl: url.href,
    own: false,
    kill: refuse,
    stop: refuse,
    start: refuse,
    discard: () => dropDatabase(adminUrl, name),
  };
}

/** Where Redis keeps what it appends, in files whose latest ends so. */
const appendOnly = 'appendonlydir';
const latest = '.incr.aof';

async function cutTail(folder: string, bytes: number): Promise<void> {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(latest))) {
    const file = join(folder, name);
    await truncate(file, Math.max(0, (await stat(file)).size - bytes));
  }
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}

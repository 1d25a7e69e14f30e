import { join } from 'node:path';
import { eventually } from '@signalbox/harness/eventually';
import { freePort } from '@signalbox/harness/ports';
import { type PostgresServer, startPostgres } from '@signalbox/harness/postgres-server';
import { type Child, startChild, tail } from '@signalbox/harness/processes';
import { type RedisServer, startRedis } from '@signalbox/harness/redis-server';
import { Client } from 'pg';
import { type Closing, closing } from './closing.js';
import { seedDirectory } from './rows.js';
import type { Side } from './side.js';

/** What a side needs around it. */
export interface Surroundings {
  /** For the data of its servers and its logs; nothing else may be in it. An absolute path. */
  directory: string;
  sinkUrl: string;
  usersPerStore: number;
  /** Where what it starts is added, to be closed also when we are interrupted. */
  closing: Closing;
}

/** A side with a Redis and a Postgres of its own, new and empty but for the directory of stores and users. */
export interface RunningSide {
  side: Side;
  /** The origin of its API. */
  target: string;
  redis: RedisServer;
  postgres: PostgresServer;
  api: Child;
  /** Absent where it was to be left out. */
  worker?: Child;
  db: Client;
  stop: () => Promise<void>;
}

/** Starts a side: its servers, its tables, its API and, unless it is to be left out, its worker. */
export async function startSide(side: Side, around: Surroundings, withWorker = true): Promise<RunningSide> {
  const toClose = closing();
  around.closing.add(toClose.closeAll);
  const redis = await startRedis({ dataDir: join(around.directory, 'redis') });
  toClose.add(redis.stop);
  const postgres = await startPostgres({ dataDir: join(around.directory, 'postgres') });
  toClose.add(postgres.stop);
  const db = await openDatabase(side, postgres.url('postgres'), around.usersPerStore);
  toClose.add(() => db.end());

  const port = await freePort();
  const target = `http://127.0.0.1:${port}`;
  const env = environment(redis.url, postgres.url('postgres'), port, around.sinkUrl);
  const start = async (name: 'api' | 'worker') => {
    const output = { file: join(around.directory, `${name}.log`) };
    const child = await startChild({
      name,
      command: process.execPath,
      args: [side[name]],
      env,
      output,
      ipc: true,
    });
    toClose.add(child.stop);
    return child;
  };
  const api = await start('api');
  await untilReady(api, `${target}/healthz`);
  const running = { side, target, redis, postgres, api, db, stop: toClose.closeAll };
  return withWorker ? { ...running, worker: await start('worker') } : running;
}

async function openDatabase(side: Side, url: string, usersPerStore: number): Promise<Client> {
  await side.createTables(url);
  const db = new Client({ connectionString: url });
  await db.connect();
  await seedDirectory(db, usersPerStore);
  return db;
}

// Both sides get the same and nothing else: what the caller's shell holds must not tilt the comparison.
function environment(redisUrl: string, databaseUrl: string, port: number, sinkUrl: string) {
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    PORT: String(port),
    SIGNALBOX_URL: `http://127.0.0.1:${port}`,
    REDIS_URL: redisUrl,
    DATABASE_URL: databaseUrl,
    NOTIFICATION_SERVICE_URL: `${sinkUrl}/webhook/notifications`,
    STRIPE_WEBHOOK_SECRET: 'x',
    ALLOW_PRIVATE_TARGETS: 'true',
  };
}

async function untilReady(api: Child, url: string): Promise<void> {
  const gaveUp = new AbortController();
  void api.ended.then((how) => gaveUp.abort(new Error(`it ended with ${how}`)));
  try {
    await eventually(() => answersOk(url), { timeoutMs: 30_000, signal: gaveUp.signal });
  } catch (error) {
    throw new Error(`The API did not come up: ${(error as Error).message}\n${tail(api)}`, { cause: error });
  }
}

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  await response.arrayBuffer();
  return response.ok;
}

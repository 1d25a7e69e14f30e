import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually } from '@signalbox/harness/eventually';
import { freePort } from '@signalbox/harness/ports';
import { type PostgresServer, startPostgres } from '@signalbox/harness/postgres-server';
import { type Child, startChild, tail } from '@signalbox/harness/processes';
import { type RedisServer, startRedis } from '@signalbox/harness/redis-server';
import { Pool } from 'pg';
import { ingestKey } from './alert.js';
import { type Closing, closing } from './closing.js';
import type { Side } from './side.js';

/** What a side needs around it. */
export interface Surroundings {
  /** For the data of its servers and its logs; nothing else may be in it. An absolute path. */
  directory: string;
  sinkUrl: string;
  /** Fills the directory of stores and users, which is empty. */
  seed: (db: Pool) => Promise<void>;
  /** Puts something between the programs and Postgres, and answers with the URL they are told; absent: nothing. */
  between?: (postgresUrl: string, closing: Closing) => Promise<string>;
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
  /** The one started last; absent where it was left out. */
  worker?: Child;
  startWorker: () => Promise<void>;
  db: Pool;
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
  const ownUrl = postgres.url('postgres');
  const db = await openDatabase(side, ownUrl, around.seed);
  toClose.add(() => db.end());
  const databaseUrl = around.between ? await around.between(ownUrl, toClose) : ownUrl;

  const port = await freePort();
  const target = `http://127.0.0.1:${port}`;
  const env = environment(redis.url, databaseUrl, port, around.sinkUrl);
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
  const startWorker = async () => {
    running.worker = await start('worker');
  };
  const running: RunningSide = {
    side,
    target,
    redis,
    postgres,
    api,
    startWorker,
    db,
    stop: toClose.closeAll,
  };
  if (withWorker) await startWorker();
  return running;
}

async function openDatabase(side: Side, url: string, seed: Surroundings['seed']): Promise<Pool> {
  await side.createTables(url);
  const db = new Pool({ connectionString: url, max: 3 });
  // Its end does not wait until idle connections are closed, and Postgres cuts them when it stops.
  db.on('error', () => undefined);
  await seed(db);
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
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    API_KEYS: `ingest:${ingestKey}`,
    ALLOW_PRIVATE_TARGETS: 'true',
    // The load comes from one address. Not 0: what it costs to count is part of what is measured.
    INGEST_RATE_LIMIT: '1000000',
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

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate } from '@signalbox/postgres';
import { developmentStripeSecret } from './environment.js';
import { eventually } from './eventually.js';
import { endAllUnder } from './leftovers.js';
import { type Listener, listen } from './listener.js';
import { rootDir } from './paths.js';
import { freePort } from './ports.js';
import { answersOk, seesWorkers } from './readiness.js';
import { seedDatabase } from './seed.js';
import { type App, type AppSpec, startApp } from './system-app.js';
import {
  createSharedDatabase,
  startTestPostgres,
  startTestRedis,
  type TestPostgres,
  type TestRedis,
} from './system-servers.js';

/** What a system for a test consists of. */
export interface SystemOptions {
  /** how many APIs; 1 unless told */
  apis?: number;
  /** how many workers; 1 unless told */
  workers?: number;
  /** for APIs and workers, on top of what they are told anyway */
  env?: Record<string, string>;
  /** what a single process (`worker-2`) is told instead: to reach a server by another way, say */
  envOf?: (app: string, env: NodeJS.ProcessEnv) => Promise<NodeJS.ProcessEnv>;
  /** a Postgres that may be stopped, instead of a database on the shared one */
  ownPostgres?: boolean;
  /** another built checkout to run APIs and workers from, instead of this one */
  root?: string;
}

/** A whole Signalbox of real processes, with the demo stores in its database. */
export interface System {
  /** of the first API */
  readonly apiUrl: string;
  readonly apiUrls: string[];
  readonly apis: App[];
  readonly workers: App[];
  readonly redis: TestRedis;
  readonly postgres: TestPostgres;
  readonly databaseUrl: string;
  /** stands in for the notification service */
  readonly receiver: Listener;
  /** holds its data and the logs of all its parts (`worker-2.log`) until it is stopped */
  readonly folder: string;
  /** the whole of its environment, for another process to be given */
  readonly env: NodeJS.ProcessEnv;
  /** ends everything at once and removes its data; may be called more than once */
  readonly stop: () => Promise<void>;
}

/** The secret notifications are signed with. */
export const systemNotificationSecret = `whsec_${Buffer.alloc(32, 'signalbox').toString('base64')}`;

/**
 * Brings up a system of its own: Redis, database, receiver, APIs and workers.
 * @throws when a part of it does not come up; what had started is ended
 */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const folder = await makeFolder();
  const undo: Undo = [() => endAllUnder(folder), () => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.splice(0)) await step();
  };
  try {
    const parts = await startParts(folder, options, undo);
    return { folder, ...parts, ...(await startApps(folder, options, parts, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How to take back what has been started, the latest first. */
type Undo = (() => Promise<unknown>)[];
type Parts = Pick<System, 'redis' | 'postgres' | 'databaseUrl' | 'receiver'>;
type Apps = Pick<System, 'apiUrl' | 'apiUrls' | 'apis' | 'workers' | 'env'>;

async function makeFolder(): Promise<string> {
  const parent = process.env.TEST_DATA_DIR ?? join(rootDir, '.data');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'system-'));
}

async function startParts(folder: string, options: SystemOptions, undo: Undo): Promise<Parts> {
  const redis = await startTestRedis(folder);
  undo.unshift(redis.kill);
  const postgres = await database(folder, options);
  undo.unshift(postgres.discard);
  const receiver = await listen();
  undo.unshift(receiver.close);
  await migrate(postgres.databaseUrl);
  await seedDatabase(postgres.databaseUrl);
  return { redis, postgres, databaseUrl: postgres.databaseUrl, receiver };
}

function database(folder: string, { ownPostgres = false }: SystemOptions): Promise<TestPostgres> {
  const shared = process.env.TEST_DATABASE_URL;
  return ownPostgres || shared === undefined ? startTestPostgres(folder) : createSharedDatabase(shared);
}

async function startApps(folder: string, options: SystemOptions, parts: Parts, undo: Undo): Promise<Apps> {
  const ports = await Promise.all(numbered(options.apis).map(() => freePort()));
  const apiUrls = ports.map((port) => `http://127.0.0.1:${port}`);
  const [apiUrl = ''] = apiUrls;
  const env = environment(parts, apiUrl, options.env);
  const root = options.root ?? rootDir;
  const { envOf = sameForAll } = options;
  const start = async (spec: Omit<AppSpec, 'logFile' | 'root'>) => {
    const own = await envOf(spec.name, spec.env);
    const app = await startApp({ ...spec, env: own, root, logFile: join(folder, `${spec.name}.log`) });
    undo.unshift(app.kill);
    return app;
  };
  const apis = await Promise.all(
    ports.map((port, index) => {
      const isReady = () => answersOk(`${apiUrls[index]}/readyz`);
      return start({ kind: 'api', name: `api-${index + 1}`, env: { ...env, PORT: String(port) }, isReady });
    }),
  );
  const workers = await Promise.all(
    numbered(options.workers).map((number) => start({ kind: 'worker', name: `worker-${number}`, env })),
  );
  if (apis.length > 0) await eventually(() => seesWorkers(apiUrl, workers.length), { timeoutMs: 30_000 });
  return { apiUrl, apiUrls, apis, workers, env };
}

/** Nothing of the developer's own environment but what programs need to run at all. */
function environment(parts: Parts, apiUrl: string, given: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    ...(PATH !== undefined && { PATH }),
    ...(HOME !== undefined && { HOME }),
    ...(TMPDIR !== undefined && { TMPDIR }),
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    DATABASE_URL: parts.databaseUrl,
    REDIS_URL: parts.redis.url,
    SIGNALBOX_URL: apiUrl,
    STRIPE_WEBHOOK_SECRET: developmentStripeSecret,
    NOTIFICATION_SERVICE_URL: `${parts.receiver.url}/webhook/notifications`,
    NOTIFICATION_SECRET: systemNotificationSecret,
    ...given,
  };
}

const sameForAll = (_app: string, env: NodeJS.ProcessEnv) => Promise.resolve(env);

const numbered = (howMany = 1) => Array.from({ length: howMany }, (_, index) => index + 1);

import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@signalbox/postgres';
import { say, step } from '../bootstrap/steps.mjs';
import { requirePostgres, requireRedis } from './given-servers.js';
import { harnessDir, rootDir } from './paths.js';
import { startPostgres } from './postgres-server.js';
import { startChild } from './processes.js';
import { answersOk, seesWorkers, untilReady } from './readiness.js';
import { startRedis } from './redis-server.js';
import { seedDatabase } from './seed.js';
import { appEnvironment, type StartPlan } from './start-plan.js';
import type { Supervisor } from './supervisor.js';

const readyPatienceMs = 60_000;
const logLimitBytes = 20 * 1024 * 1024;

/**
 * Everything `npm start` starts, step by step.
 * @throws the first failure, and as soon as the supervisor's end has begun
 */
export async function bringUp(plan: StartPlan, supervisor: Supervisor): Promise<void> {
  const redisUrl = await redis(plan, supervisor);
  const databaseUrl = await postgres(plan, supervisor);
  await prepareDatabase(plan, databaseUrl, supervisor);
  const env = appEnvironment(process.env, plan, { redisUrl, databaseUrl });
  await receiver(plan, supervisor, env);
  await app('api', plan, supervisor, env, () => answersOk(`${plan.url}/healthz`));
  await app('worker', plan, supervisor, env, () => seesWorkers(plan.url, 1));
}

async function redis(plan: StartPlan, supervisor: Supervisor): Promise<string> {
  supervisor.signal.throwIfAborted();
  const { redisUrl } = plan;
  if (redisUrl !== undefined) {
    await step('Redis at REDIS_URL', () => requireRedis(redisUrl));
    return redisUrl;
  }
  const logFile = logOf(plan, 'redis');
  const start = () => startRedis({ dataDir: join(plan.dataDir, 'redis'), logFile });
  const server = await step('Redis', start, ({ version, port }) => ` ${version} on port ${port}`);
  supervisor.watch('servers', server.process);
  return server.url;
}

async function postgres(plan: StartPlan, supervisor: Supervisor): Promise<string> {
  supervisor.signal.throwIfAborted();
  const { databaseUrl } = plan;
  if (databaseUrl !== undefined) {
    await step('Postgres at DATABASE_URL', () => requirePostgres(databaseUrl));
    return databaseUrl;
  }
  const logFile = logOf(plan, 'postgres');
  const start = () => startPostgres({ dataDir: join(plan.dataDir, 'postgres'), logFile });
  const server = await step('Postgres', start, ({ port }) => ` 18 on port ${port}`);
  supervisor.watch('servers', server.process);
  await server.createDatabase('signalbox');
  return server.url('signalbox');
}

async function prepareDatabase(plan: StartPlan, url: string, { signal }: Supervisor): Promise<void> {
  signal.throwIfAborted();
  const applied = (files: string[]) => (files.length === 0 ? ': up to date' : `: ${files.join(', ')}`);
  await step('migrate', () => migrate(url), applied);
  if (plan.production) return;
  signal.throwIfAborted();
  await step(
    'seed',
    () => seedDatabase(url),
    (written) => (written ? ' the demo stores' : ': there are stores already'),
  );
}

async function receiver(plan: StartPlan, supervisor: Supervisor, env: NodeJS.ProcessEnv): Promise<void> {
  if (plan.receiverPort === undefined) return;
  const { wanted, taken } = plan.receiverPort;
  if (wanted !== taken) say(`  Port ${wanted} is taken: the receiver uses ${taken}.`);
  const child = await startChild({
    name: 'receiver',
    command: process.execPath,
    args: [join(harnessDir, 'dist/receiver.js')],
    env: { ...env, PORT: String(taken) },
    output: 'terminal',
    ipc: true,
  });
  supervisor.watch('receiver', child);
  const isReady = () => answersOk(`http://127.0.0.1:${taken}/received.json`);
  await step('receiver', () => untilReady(child, isReady, readyPatienceMs, supervisor.signal));
}

async function app(
  name: 'api' | 'worker',
  plan: StartPlan,
  supervisor: Supervisor,
  env: NodeJS.ProcessEnv,
  isReady: () => Promise<boolean>,
): Promise<void> {
  supervisor.signal.throwIfAborted();
  const { wanted, taken } = plan.port;
  if (name === 'api' && wanted !== taken) say(`  Port ${wanted} is taken: the API uses ${taken}.`);
  const child = await startChild({
    name,
    command: process.execPath,
    args: [join(rootDir, 'apps', name, 'dist/main.js')],
    env,
    output: { file: logOf(plan, name) },
    ipc: true,
  });
  supervisor.watch('apps', child);
  await step(name, () => untilReady(child, isReady, readyPatienceMs, supervisor.signal));
}

/** The log of one process. A long one is put aside first, replacing the one put aside before. */
function logOf(plan: StartPlan, name: string): string {
  const file = join(plan.dataDir, 'logs', `${name}.log`);
  if (existsSync(file) && statSync(file).size > logLimitBytes) {
    rmSync(`${file}.1`, { force: true });
    renameSync(file, `${file}.1`);
  }
  return file;
}

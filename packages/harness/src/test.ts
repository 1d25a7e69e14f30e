import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../bootstrap/pid-lock.mjs';
import { step } from '../bootstrap/steps.mjs';
import { endAllUnder } from './leftovers.js';
import { rootDir } from './paths.js';
import { startPostgres } from './postgres-server.js';
import { startChild } from './processes.js';
import { startRedis } from './redis-server.js';
import { type Supervisor, supervise } from './supervisor.js';
import { readVerdict, type Verdict } from './test-verdict.js';

const dataRoot = join(rootDir, '.data');
const prefix = 'test-';

/** `npm test`: one Redis and one Postgres for all tests, then jest with the arguments given. */
async function main(): Promise<Verdict> {
  const supervisor = supervise();
  const folder = join(dataRoot, `${prefix}${process.pid}`);
  await sweepLeftovers();
  try {
    return await runTests(folder, supervisor);
  } finally {
    await supervisor.stopAll();
    await discard(folder);
  }
}

async function runTests(folder: string, supervisor: Supervisor): Promise<Verdict> {
  const redis = await step(
    'Redis for the tests',
    () => startRedis({ dataDir: join(folder, 'redis'), databases: 4096, durable: false }),
    ({ version }) => ` ${version}`,
  );
  supervisor.watch('servers', redis.process);
  const postgres = await step('Postgres for the tests', () =>
    startPostgres({ dataDir: join(folder, 'postgres'), durable: false }),
  );
  supervisor.watch('servers', postgres.process);
  const servers = { TEST_REDIS_URL: redis.url, TEST_DATABASE_URL: postgres.url('postgres') };
  return runJest(folder, { ...servers, TEST_DATA_DIR: folder }, supervisor);
}

async function runJest(folder: string, env: NodeJS.ProcessEnv, supervisor: Supervisor): Promise<Verdict> {
  const report = join(folder, 'report.json');
  const jest = [join(rootDir, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${report}`];
  const child = await startChild({
    name: 'jest',
    command: process.execPath,
    args: [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      ...jest,
      ...process.argv.slice(2),
    ],
    env: { ...process.env, ...env },
    cwd: rootDir,
    output: 'terminal',
  });
  const ending = await Promise.race([child.ended, supervisor.ending]);
  await child.stop();
  if (typeof ending !== 'string') return { passed: 0, failed: 1, ok: false };
  return readVerdict(existsSync(report) ? await readFile(report, 'utf8') : undefined, ending);
}

/** What runs that were killed have left behind. */
async function sweepLeftovers(): Promise<void> {
  const names = await readdir(dataRoot).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith(prefix))) {
    if (!isAlive(Number(name.slice(prefix.length)), 'harness/dist/test.js'))
      await discard(join(dataRoot, name));
  }
}

async function discard(folder: string): Promise<void> {
  if (existsSync(folder)) await endAllUnder(folder);
  await rm(folder, { recursive: true, force: true });
}

let verdict: Verdict = { passed: 0, failed: 1, ok: false };
try {
  verdict = await main();
} catch (error) {
  process.stderr.write(`\n${(error as Error).message}\n`);
}
process.exitCode = verdict.ok ? 0 : 1;
if (process.connected) process.disconnect();
process.stdout.write(`${verdict.passed} passed, ${verdict.failed} failed\n`);

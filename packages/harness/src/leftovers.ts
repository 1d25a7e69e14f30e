import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive } from '../bootstrap/pid-lock.mjs';
import { eventually } from './eventually.js';
import { signalProcess } from './processes.js';

// Children run in process groups of their own, so they outlive a launcher that was killed with SIGKILL: servers for
// ever, our own processes until they have finished. Whoever needs their folder next ends them.

const redisNote = 'server.json';
const postgresNote = 'postmaster.pid';
const appNote = '.app.json';

/** Notes in the data folder which Redis runs on it. */
export async function noteRedis(dataDir: string, server: { pid: number; port: number }): Promise<void> {
  await writeFile(join(dataDir, redisNote), JSON.stringify(server));
}

/** Ends the Redis that `noteRedis` noted, if it still runs. */
export async function endRedisOn(dataDir: string): Promise<void> {
  const note = await readFile(join(dataDir, redisNote), 'utf8').catch(() => '{}');
  const { pid = 0, port = 0 } = JSON.parse(note) as { pid?: number; port?: number };
  // Redis and Valkey show their address as the title of their process.
  await end(pid, `-server 127.0.0.1:${port}`, 'SIGTERM', 'SIGKILL');
}

/**
 * Ends the Postgres whose process id file is in the folder, if it runs and was started on exactly this folder. A file
 * that nobody stands behind is removed: its process id may belong to anybody by now, and Postgres would not start.
 */
export async function endPostgresOn(dataDir: string): Promise<void> {
  const file = join(dataDir, postgresNote);
  const [pid = '', folder] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  if (folder === dataDir) await end(Number(pid), `-D ${dataDir} `, 'SIGINT', 'SIGQUIT');
  await rm(file, { force: true });
}

/** Notes in a test's folder that an API or a worker belongs to it. */
export async function noteApp(folder: string, name: string, pid: number): Promise<void> {
  await writeFile(join(folder, `${name}${appNote}`), JSON.stringify({ pid }));
}

async function endApp(note: string): Promise<void> {
  const { pid } = JSON.parse(await readFile(note, 'utf8')) as { pid: number };
  await end(pid, 'dist/main.js', 'SIGKILL', 'SIGKILL');
}

/** Ends every API, worker, Redis and Postgres of ours whose notes are somewhere in a folder. */
export async function endAllUnder(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  for (const file of files.map((name) => join(folder, name))) {
    if (file.endsWith(appNote)) await endApp(file);
    if (basename(file) === redisNote) await endRedisOn(dirname(file));
    if (basename(file) === postgresNote) await endPostgresOn(dirname(file));
  }
}

async function end(pid: number, mark: string, ask: NodeJS.Signals, force: NodeJS.Signals): Promise<void> {
  const isGone = () => !isAlive(pid, mark);
  if (isGone()) return;
  signalProcess(pid, ask);
  await eventually(isGone, { timeoutMs: 15_000 }).catch(() => signalProcess(pid, force));
  await eventually(isGone, { timeoutMs: 10_000 });
}

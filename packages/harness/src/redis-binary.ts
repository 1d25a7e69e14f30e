import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from './command.js';
import { unpackDebianRedis } from './redis-debian.js';

/** A Redis server that was seen to run. */
export interface RedisBinary {
  path: string;
  /** as it names itself: `7.0.15` */
  version: string;
  /** what it needs besides our own environment */
  env: NodeJS.ProcessEnv;
}

const names = ['redis-server', 'valkey-server'];
const homebrew = [
  '/opt/homebrew/bin',
  '/usr/local/bin',
  '/opt/homebrew/opt/redis/bin',
  '/opt/homebrew/opt/valkey/bin',
  '/usr/local/opt/redis/bin',
  '/usr/local/opt/valkey/bin',
];
// BullMQ warns below this.
const oldest = [6, 2] as const;

/**
 * Finds a Redis (or Valkey) server: on PATH, where Homebrew puts it, else Debian's package unpacked into `cache`.
 * @throws an Error saying what to install
 */
export async function findRedis(cache: string): Promise<RedisBinary> {
  for (const path of candidates()) {
    const binary = await examine(path, {});
    if (binary !== undefined) return binary;
  }
  const unpacked = await unpackDebianRedis(cache).catch((error: Error) => error);
  const binary = unpacked instanceof Error ? undefined : await examine(unpacked.path, unpacked.env);
  if (binary === undefined) throw new Error(advice(unpacked));
  return binary;
}

function candidates(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const all = process.platform === 'darwin' ? [...folders, ...homebrew] : folders;
  return all.flatMap((folder) => names.map((name) => join(folder, name)));
}

async function examine(path: string, env: NodeJS.ProcessEnv): Promise<RedisBinary | undefined> {
  try {
    await access(path, constants.X_OK);
    const version = /v=(\d+\.\d+\.\d+)/.exec(
      await runCommand(path, ['--version'], { env: { ...process.env, ...env } }),
    );
    return version?.[1] !== undefined && isNewEnough(version[1])
      ? { path, version: version[1], env }
      : undefined;
  } catch {
    // Absent, or it does not run here: the next place is tried.
    return undefined;
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function advice(failure: unknown): string {
  const wanted = `Signalbox needs a Redis (or Valkey) server, ${oldest.join('.')} or newer, and found none`;
  const remedy =
    'apt-get install redis-server (Debian, Ubuntu), brew install redis (macOS), or set REDIS_URL.';
  const detail =
    failure instanceof Error ? `\nFetching Debian's package failed: ${failure.message.trim()}` : '';
  return `${wanted}: ${remedy}${detail}`;
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, releaseLock, takeLock } from '../bootstrap/pid-lock.mjs';

/** What a running copy says about itself in its data folder. */
export interface Running {
  pid: number;
  /** where its API is, once it is up */
  url?: string;
}

const mark = 'harness/dist/start.js';
const fileOf = (dataDir: string) => join(dataDir, 'running.json');

/**
 * Claims a data folder for this process.
 * @throws an Error naming the process that has it
 */
export function claimDataDir(dataDir: string): void {
  const holder = takeLock(fileOf(dataDir), mark);
  if (holder === null) return;
  throw new Error(
    `Signalbox is already running on ${dataDir} (pid ${holder}). ` +
      'For a second copy use another SIGNALBOX_DATA_DIR and PORT.',
  );
}

/** Says where the API is, so that `npm run send` finds it. */
export function announce(dataDir: string, url: string): void {
  const draft = `${fileOf(dataDir)}.new`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, url } satisfies Running));
  renameSync(draft, fileOf(dataDir));
}

/** Gives the data folder up. */
export function leaveDataDir(dataDir: string): void {
  releaseLock(fileOf(dataDir));
}

/** Where the API of the copy is that runs on a data folder; undefined when none does. */
export function runningUrl(dataDir: string): string | undefined {
  if (!existsSync(fileOf(dataDir))) return undefined;
  const running = JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Running;
  return isAlive(running.pid, mark) ? running.url : undefined;
}

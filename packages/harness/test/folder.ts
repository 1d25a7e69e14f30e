import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endAllUnder } from '../src/leftovers.js';

/** An empty folder of a test's own, where `npm test` sweeps up whatever is left. */
export function makeFolder(): Promise<string> {
  const parent = process.env.TEST_DATA_DIR ?? tmpdir();
  mkdirSync(parent, { recursive: true });
  return mkdtemp(join(parent, 'harness-'));
}

/** Removes it, and ends the servers that still run on it. */
export async function discardFolder(folder: string): Promise<void> {
  await endAllUnder(folder);
  await rm(folder, { recursive: true, force: true });
}

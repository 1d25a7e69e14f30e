import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../bootstrap/pid-lock.mjs';

// Below the range systems pick the near end of a connection from (32768 and up). In that range a client that
// reconnects to a server while it restarts can be given the server's port, and even connect to itself.
const lowest = 20_000;
const highest = 32_767;
const tries = 100;

/**
 * A TCP port of 127.0.0.1 nobody listens on.
 * @param preferred taken when it is free
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let left = tries; left > 0; left -= 1) {
    const port = randomInt(lowest, highest + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`Found no free port on 127.0.0.1 between ${lowest} and ${highest}.`);
}

/**
 * Like `freePort`, and keeps other copies that start at the same time from choosing the same one: between choosing a
 * port and listening on it lies the start of Redis and Postgres.
 * @param mark what the command line of such a copy contains
 */
export async function claimPort(preferred: number, mark: string): Promise<number> {
  for (let port = await freePort(preferred); ; port = await freePort()) {
    if (takeLock(join(tmpdir(), `signalbox-ports-${userInfo().uid}`, String(port)), mark) === null)
      return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

function isUnavailable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES';
}

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, releaseLock, takeLock } from '../bootstrap/pid-lock.mjs';
import { startChild } from '../src/processes.js';
import { discardFolder, makeFolder } from './folder.js';

describe('takeLock', () => {
  let folder: string;
  let lock: string;

  beforeEach(async () => {
    folder = await makeFolder();
    lock = join(folder, 'the.lock');
  });

  afterEach(() => discardFolder(folder));

  it('is ours until we release it', () => {
    expect(takeLock(lock, 'node')).toBeNull();
    releaseLock(lock);
    expect(existsSync(lock)).toBe(false);
  });

  it('names a holder that lives, and takes over from one that has died', async () => {
    const holder = await startChild({ name: 'sleep', command: 'sleep', args: ['60'], output: 'terminal' });
    writeFileSync(lock, JSON.stringify({ pid: holder.pid }));
    expect(takeLock(lock, 'sleep 60')).toBe(holder.pid);
    await holder.kill();
    expect(takeLock(lock, 'sleep 60')).toBeNull();
  });

  it('takes over when the process id belongs to another program by now', async () => {
    const other = await startChild({ name: 'sleep', command: 'sleep', args: ['60'], output: 'terminal' });
    writeFileSync(lock, JSON.stringify({ pid: other.pid }));
    expect(takeLock(lock, 'start.js')).toBeNull();
    await other.kill();
  });

  it('takes over a lock that says nothing', () => {
    writeFileSync(lock, '');
    expect(takeLock(lock, 'node')).toBeNull();
  });

  it('leaves the lock of another alone', () => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid + 1 }));
    releaseLock(lock);
    expect(existsSync(lock)).toBe(true);
  });
});

describe('isAlive', () => {
  it('sees neither nobody nor itself', () => {
    expect(isAlive(0, '')).toBe(false);
    expect(isAlive(process.pid, 'node')).toBe(false);
  });
});

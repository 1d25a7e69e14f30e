import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname } from 'node:path';

const takeoverGraceMs = 5_000;

/**
 * Takes the lock `path`, a JSON file `{pid}`. A lock whose process is dead is taken over.
 * @param {string} path
 * @param {string} mark what the command line of a living holder contains: process ids are used again
 * @returns {number | null} null when the lock is ours, else the process id of its holder
 */
export function takeLock(path, mark) {
  fs.mkdirSync(dirname(path), { recursive: true });
  if (createLock(path)) return null;
  const holder = holderOf(path);
  if (isAlive(holder, mark)) return holder;
  return withTakeover(path, () => {
    if (isAlive(holderOf(path), mark)) return holderOf(path);
    fs.rmSync(path, { force: true });
    return createLock(path) ? null : holderOf(path);
  });
}

/** Gives up a lock that is ours; anybody else's is left alone. */
export function releaseLock(path) {
  if (holderOf(path) === process.pid) fs.rmSync(path, { force: true });
}

/** Whether the process runs and its command line contains `mark`. A lock left with our own id is not ours. */
export function isAlive(pid, mark) {
  return pid > 0 && pid !== process.pid && commandOf(pid).includes(mark);
}

/** The command line of a process, '' when there is none. */
export function commandOf(pid) {
  try {
    if (process.platform === 'linux')
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

// Linked, not written in place: nobody ever reads half a lock.
function createLock(path) {
  const draft = `${path}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify({ pid: process.pid }));
  try {
    fs.linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function holderOf(path) {
  try {
    return Number(JSON.parse(fs.readFileSync(path, 'utf8')).pid);
  } catch {
    return 0;
  }
}

// Two that find the same dead holder must not remove each other's new lock.
function withTakeover(path, work) {
  const guard = `${path}.takeover`;
  try {
    fs.mkdirSync(guard);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (Date.now() - fs.statSync(guard).mtimeMs > takeoverGraceMs)
      fs.rmSync(guard, { recursive: true, force: true });
    return holderOf(path);
  }
  try {
    return work();
  } finally {
    fs.rmSync(guard, { recursive: true, force: true });
  }
}

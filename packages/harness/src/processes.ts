import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to start, and how. */
export interface ChildSpec {
  /** what people call it, as in `worker ended unexpectedly` */
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** the file both output streams are appended to, or this terminal */
  output: { file: string } | 'terminal';
  /** an IPC channel; its end tells a child of ours that we are gone, however we went */
  ipc?: boolean;
  /** how it is asked to end; SIGTERM unless told */
  stopSignal?: NodeJS.Signals;
  uid?: number;
  gid?: number;
}

/** A process we started, and are responsible for. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** how it ended (`exit code 1`, `SIGKILL`); settles when it has, never rejects */
  readonly ended: Promise<string>;
  readonly hasEnded: () => boolean;
  /** what it wrote since it was started, with `output` a file: the last MiB of it */
  readonly written: () => string;
  /** asks it to end and waits; after 28 s it is killed */
  readonly stop: () => Promise<void>;
  /** ends it with SIGKILL and waits */
  readonly kill: () => Promise<void>;
}

/** Longer than the 25 s our own processes take at most to finish what is in flight. */
const stopPatienceMs = 28_000;
const writtenBytes = 1024 * 1024;

/**
 * Starts a process in a process group of its own: Ctrl-C in the terminal is for us, who stop it in order.
 * @throws when the command cannot be run
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  const stdio = outputOf(spec);
  const from = stdio === 'inherit' ? 0 : fstatSync(stdio).size;
  const child = spawn(spec.command, spec.args, {
    ...(spec.env && { env: spec.env }),
    ...(spec.cwd !== undefined && { cwd: spec.cwd }),
    ...(spec.uid !== undefined && { uid: spec.uid }),
    ...(spec.gid !== undefined && { gid: spec.gid }),
    detached: true,
    stdio: ['ignore', stdio, stdio, ...(spec.ipc === true ? (['ipc'] as const) : [])],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  if (stdio !== 'inherit') closeSync(stdio);
  await once(child, 'spawn');
  return handle(spec, child.pid as number, ended, from);
}

/** The last lines a child wrote, for people. */
export function tail(child: Child, lines = 20): string {
  return child.written().trimEnd().split('\n').slice(-lines).join('\n');
}

function outputOf(spec: ChildSpec): number | 'inherit' {
  if (spec.output === 'terminal') return 'inherit';
  mkdirSync(dirname(spec.output.file), { recursive: true });
  return openSync(spec.output.file, 'a');
}

function endOf(file: string, from: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size - from, writtenBytes));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString();
  } finally {
    closeSync(descriptor);
  }
}

function handle(spec: ChildSpec, pid: number, ended: Promise<string>, from: number): Child {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const send = (signal: NodeJS.Signals) => {
    if (!over) signalProcess(pid, signal);
  };
  const kill = async () => {
    send('SIGKILL');
    await ended;
  };
  const stop = async () => {
    send(spec.stopSignal ?? 'SIGTERM');
    if (!(await within(stopPatienceMs, ended))) await kill();
  };
  const written = () => (spec.output === 'terminal' ? '' : endOf(spec.output.file, from));
  return { name: spec.name, pid, ended, hasEnded: () => over, written, stop, kill };
}

/** Sends a signal; a process that has ended meanwhile is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a promise settles within so many milliseconds. */
export async function within(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, false, { signal: timer.signal });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer.abort();
    await late.catch(() => false);
  }
}

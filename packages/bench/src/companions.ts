import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadReport, Order } from './load.js';
import type { SinkStats } from './sink.js';

/** The receiver, in a process of its own. */
export interface Sink {
  pid: number;
  url: string;
  /** How many distinct notifications arrived since the last reset. */
  distinct(): Promise<number>;
  /** All it knows since the last reset; then starts anew. */
  takeStats(): Promise<SinkStats>;
  stop: () => Promise<void>;
}

/** Starts the receiver on a free port. */
export async function startSink(): Promise<Sink> {
  const child = start('sink');
  const { port } = await nextMessage<{ port: number }>(child, 'sink');
  const url = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid as number,
    url,
    distinct: async () => (await readJson<{ distinct: number }>(`${url}/count`)).distinct,
    takeStats: () => readJson<SinkStats>(`${url}/stats?reset`),
    stop: () => stop(child),
  };
}

/** A program of ours that carries out orders, in a process of its own. */
export interface Performer<Order, Report> {
  pid: number;
  carryOut(order: Order): Promise<Report>;
  stop: () => Promise<void>;
}

/** Sends as ordered and reports when the last answer is in. */
export type LoadGenerator = Performer<Order, LoadReport>;

/** Starts the load generator. */
export function startLoadGenerator(): LoadGenerator {
  return startPerformer('load');
}

/** Starts a program that answers to orders; they go to its `perform`. */
export function startPerformer<Order extends object, Report>(
  name: 'load' | 'overload/senders',
): Performer<Order, Report> {
  const child = start(name);
  return {
    pid: child.pid as number,
    carryOut: (order) => {
      const report = nextMessage<Report>(child, name);
      child.send(order);
      return report;
    },
    stop: () => stop(child),
  };
}

// The end of the message channel tells them that we are gone, however we went.
function start(name: string): ChildProcess {
  return fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)));
}

async function nextMessage<Message>(child: ChildProcess, name: string): Promise<Message> {
  const stopWaiting = new AbortController();
  const { signal } = stopWaiting;
  const ended = once(child, 'exit', { signal }).then(() => null);
  const message = once(child, 'message', { signal }).then(([value]) => value as Message);
  try {
    const first = await Promise.race([message, ended]);
    if (first === null) throw new Error(`The bench's own process "${name}" ended.`);
    return first;
  } finally {
    stopWaiting.abort();
    // The one that lost the race is aborted, which is no news.
    await Promise.allSettled([message, ended]);
  }
}

async function readJson<Body>(url: string): Promise<Body> {
  const response = await fetch(url);
  return (await response.json()) as Body;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

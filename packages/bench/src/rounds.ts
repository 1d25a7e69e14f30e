import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cell, type Instruments, measure } from './cell.js';
import type { Closing } from './closing.js';
import type { LoadGenerator, Sink } from './companions.js';
import type { Options } from './options.js';
import { type RunningSide, startSide } from './running-side.js';
import { naive, ours, type Side } from './side.js';
import { type WaitingCost, weighWaiting } from './waiting.js';
import type { Round, Window } from './windows.js';

/** What a run needs to go through its rounds. */
export interface Run {
  options: Options;
  load: LoadGenerator;
  sink: Sink;
  /** An absolute path. */
  directory: string;
  closing: Closing;
  /** Told of each cell as soon as it is measured. */
  onCell(window: Window, cell: Cell): void;
}

const senders = 64;

/** Measures both sides once, the naive one first: its rate decides the load of two windows. */
export async function runRound(run: Run): Promise<Round> {
  const theirs = await onFreshSide(run, naive, async (running) => {
    const naiveSaturated = await saturate(run, running, 'naiveSaturated');
    const naiveHalf = await pace(run, running, 'naiveHalf', naiveSaturated.eventsPerSecond / 2);
    return { naiveSaturated, naiveHalf };
  });
  const naiveRate = theirs.naiveSaturated.eventsPerSecond;
  const own = await onFreshSide(run, ours, async (running) => {
    const oursSaturated = await saturate(run, running, 'oursSaturated');
    const oursAtNaiveHalf = await pace(run, running, 'oursAtNaiveHalf', naiveRate / 2);
    const oursHalf = await pace(run, running, 'oursHalf', oursSaturated.eventsPerSecond / 2);
    return { oursSaturated, oursAtNaiveHalf, oursHalf };
  });
  return { ...theirs, ...own };
}

/** Weighs what waits in Redis, for each side. */
export async function weighBoth(run: Run): Promise<Record<Side['name'], WaitingCost>> {
  const weigh = (running: RunningSide) => weighWaiting(running, instruments(run));
  return {
    naive: await onFreshSide(run, naive, weigh, false),
    ours: await onFreshSide(run, ours, weigh, false),
  };
}

async function onFreshSide<Result>(
  run: Run,
  side: Side,
  use: (running: RunningSide) => Promise<Result>,
  withWorker = true,
): Promise<Result> {
  const directory = join(run.directory, side.name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const { closing, sink, options } = run;
  const around = { directory, closing, sinkUrl: sink.url, usersPerStore: options.users };
  const running = await startSide(side, around, withWorker);
  try {
    return await use(running);
  } finally {
    await running.stop();
  }
}

async function saturate(run: Run, running: RunningSide, window: Window): Promise<Cell> {
  const order = { kind: 'closed', target: running.target, senders } as const;
  const { seconds } = run.options;
  await measure(running, instruments(run), { ...order, seconds: warmUpSeconds(seconds) });
  return report(run, window, await measure(running, instruments(run), { ...order, seconds }));
}

// Node compiles its hot code in the course of some thousand requests (cold, the naive side does half its rate). The
// slower side needs longer for as many, so a short warm-up would flatter the faster one.
function warmUpSeconds(seconds: number): number {
  return Math.min(Math.max(seconds, 3), 8);
}

async function pace(run: Run, running: RunningSide, window: Window, rate: number): Promise<Cell> {
  const order = { kind: 'open', target: running.target, rate, seconds: run.options.seconds } as const;
  return report(run, window, await measure(running, instruments(run), order));
}

function report(run: Run, window: Window, cell: Cell): Cell {
  run.onCell(window, cell);
  return cell;
}

function instruments({ load, sink, options }: Run): Instruments {
  return { load, sink, usersPerStore: options.users };
}

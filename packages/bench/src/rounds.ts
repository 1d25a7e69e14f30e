import { storeLocations } from './alert.js';
import type { Instruments } from './carry-through.js';
import { type Cell, measure } from './cell.js';
import { cellLine } from './report.js';
import { seedStores } from './rows.js';
import type { RunningSide } from './running-side.js';
import { naive, ours, type Side } from './side.js';
import { type FreshSide, onFreshSide, type Stage } from './stage.js';
import { type WaitingCost, weighWaiting } from './waiting.js';
import type { Round, Window } from './windows.js';

/** What a comparison needs to go through its rounds. */
export interface Run extends Stage {
  options: { rounds: number; seconds: number; users: number };
}

const senders = 64;
const locations = storeLocations(200);

/** Measures both sides once, the naive one first: its rate decides the load of two windows. */
export async function runRound(run: Run): Promise<Round> {
  const theirs = await onFreshSide(run, fresh(run, naive), async (running) => {
    const naiveSaturated = await saturate(run, running, 'naiveSaturated');
    const naiveHalf = await pace(run, running, 'naiveHalf', naiveSaturated.eventsPerSecond / 2);
    return { naiveSaturated, naiveHalf };
  });
  const naiveRate = theirs.naiveSaturated.eventsPerSecond;
  const own = await onFreshSide(run, fresh(run, ours), async (running) => {
    const oursSaturated = await saturate(run, running, 'oursSaturated');
    const oursAtNaiveHalf = await pace(run, running, 'oursAtNaiveHalf', naiveRate / 2);
    const oursHalf = await pace(run, running, 'oursHalf', oursSaturated.eventsPerSecond / 2);
    return { oursSaturated, oursAtNaiveHalf, oursHalf };
  });
  return { ...theirs, ...own };
}

/** Weighs what waits in Redis, for each side. */
export async function weighBoth(run: Run): Promise<Record<Side['name'], WaitingCost>> {
  const weigh = (side: Side) =>
    onFreshSide(run, { ...fresh(run, side), withWorker: false }, (running) =>
      weighWaiting(running, instruments(run), locations),
    );
  return { naive: await weigh(naive), ours: await weigh(ours) };
}

function fresh({ options }: Run, side: Side): FreshSide {
  return { side, seed: (db) => seedStores(db, locations, options.users) };
}

async function saturate(run: Run, running: RunningSide, window: Window): Promise<Cell> {
  const order = { kind: 'closed', target: running.target, locations, senders } as const;
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
  const { seconds } = run.options;
  const order = { kind: 'open', target: running.target, locations, rate, seconds } as const;
  return report(run, window, await measure(running, instruments(run), order));
}

function report(run: Run, window: Window, cell: Cell): Cell {
  run.say(cellLine(window, cell));
  return cell;
}

function instruments({ load, sink, options }: Run): Instruments {
  return { load, sink, usersPerStore: options.users };
}

import type { Pool } from 'pg';
import { carryThrough, type Instruments } from '../carry-through.js';
import { measure } from '../cell.js';
import type { Order } from '../load.js';
import { seedStores } from '../rows.js';
import type { RunningSide } from '../running-side.js';
import { ours } from '../side.js';
import { onFreshSide, type Stage } from '../stage.js';
import { carryThroughKill, type Killed } from './kill.js';
import type { FannedOut, Way } from './report.js';
import { watchWriting } from './watch.js';

const usersPerStore = 10_000;
const locations = ['bench-large-store'];
const smallStore = ['bench-small-store'];
const alertsAtRest = 8;
/** Alerts per second: more than is delivered on the machines we know, so that fan-outs overlap. */
const steadyRate = 2;

/** What came of alerts to one store with very many users. */
export interface LargeStore {
  /** Each sent when all of the one before was on record. */
  atRest: Way;
  /** Sent at a fixed rate. */
  steady: Way;
  killed: Killed;
}

/** Measures how alerts to one large store are fanned out: at rest, at a rate, and when the worker is killed. */
export function measureLargeStore(stage: Stage, seconds: number): Promise<LargeStore> {
  const { load, sink } = stage;
  const instruments = { load, sink, usersPerStore };
  return onFreshSide(stage, { side: ours, seed }, async (running) => {
    const { target } = running;
    const alert = { kind: 'closed', target, locations, senders: 1, seconds: 60, limit: 1 } as const;
    const flow = { kind: 'open', target, locations, rate: steadyRate, seconds } as const;
    await warmUp(running, instruments);
    await carryThrough(running, instruments, alert);
    const atRest: FannedOut[] = [];
    while (atRest.length < alertsAtRest) atRest.push(await fannedOut(running, instruments, alert));
    return {
      atRest: { name: 'one by one', windows: atRest },
      steady: { name: `${steadyRate}/s`, windows: [await fannedOut(running, instruments, flow)] },
      killed: await carryThroughKill(running, instruments, alert),
    };
  });
}

async function seed(db: Pool): Promise<void> {
  await seedStores(db, locations, usersPerStore);
  await seedStores(db, smallStore, 1);
}

// The API compiles its hot code in the course of some thousand requests, which the large store alone would never see.
async function warmUp(running: RunningSide, instruments: Instruments): Promise<void> {
  const { target } = running;
  const order = { kind: 'closed', target, locations: smallStore, senders: 16, seconds: 3 } as const;
  await carryThrough(running, { ...instruments, usersPerStore: 1 }, order);
}

async function fannedOut(running: RunningSide, instruments: Instruments, order: Order): Promise<FannedOut> {
  const window = measure(running, instruments, order);
  const { result, writingMs } = await watchWriting(running.db, window);
  return { ...result, usersPerStore, writingMs };
}

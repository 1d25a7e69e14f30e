import type { Pool } from 'pg';
import { storeLocations } from '../alert.js';
import { measure } from '../cell.js';
import { seedStores } from '../rows.js';
import type { RunningSide } from '../running-side.js';
import { ours } from '../side.js';
import { onFreshSide, type Stage } from '../stage.js';
import type { FannedOut, Way } from './report.js';

const usersPerStore = 50;
const locations = storeLocations(200);
/** Alerts per second: more than is delivered on the machines we know. */
const floodRate = 500;
/** Of the alerts that were delivered per second in the flood. */
const bearableShare = 0.75;

/** What came of alerts to many stores of usual size. */
export interface ManyStores {
  flood: Way;
  /** At a rate at which nothing should pile up, going by the flood. */
  bearable: Way;
}

/** Measures how alerts to many stores are taken in and delivered. */
export function measureManyStores(stage: Stage, seconds: number): Promise<ManyStores> {
  const seed = (db: Pool) => seedStores(db, locations, usersPerStore);
  return onFreshSide(stage, { side: ours, seed }, async (running) => {
    // To warm up.
    await atRate(stage, running, 50, 3);
    const flood = await atRate(stage, running, floodRate, seconds);
    const bearableRate = Math.floor(flood.eventsPerSecond * bearableShare);
    const bearable = await atRate(stage, running, bearableRate, seconds);
    return {
      flood: { name: `${floodRate}/s`, windows: [flood] },
      bearable: { name: `${bearableRate}/s`, windows: [bearable] },
    };
  });
}

async function atRate(
  { load, sink }: Stage,
  running: RunningSide,
  rate: number,
  seconds: number,
): Promise<FannedOut> {
  const order = { kind: 'open', target: running.target, locations, rate, seconds } as const;
  const cell = await measure(running, { load, sink, usersPerStore }, order);
  // The deliveries of so few users are written before the answer.
  return { ...cell, usersPerStore, writingMs: cell.sending.ms };
}

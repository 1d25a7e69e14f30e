import { setTimeout as sleep } from 'node:timers/promises';
import { requireSame } from './agreement.js';
import { now } from './clock.js';
import type { LoadGenerator, Sink } from './companions.js';
import type { LoadReport, Order } from './load.js';
import { countRows, rowsBetween } from './rows.js';
import type { RunningSide } from './running-side.js';
import type { SinkStats } from './sink.js';

/** Who sends and who receives, alike for both sides. */
export interface Instruments {
  load: LoadGenerator;
  sink: Sink;
  usersPerStore: number;
}

/** An order, and all that followed from it. Times are ms since 1970. */
export interface CarriedThrough {
  report: LoadReport;
  /** When the last answer was in, and how many notifications had arrived by then. */
  answered: { at: number; arrived: number };
  /** When the last notification had arrived. */
  arrivedAt: number;
  /** When the last attempt was on record. */
  loggedAt: number;
  stats: SinkStats;
}

/** So long without a single arrival, and nothing more is expected: longer than what a killed worker held is waited for. */
const patienceMs = 60_000;

/**
 * Lets the generator carry out one order and waits until everything accepted is delivered and on record.
 * @throws when what was accepted, stored, delivered and logged are not the same number
 */
export async function carryThrough(
  { side, db }: RunningSide,
  { load, sink, usersPerStore }: Instruments,
  order: Order,
): Promise<CarriedThrough> {
  const before = await countRows(db);
  await sink.takeStats();
  const report = await load.carryOut(order);
  const answered = { at: now(), arrived: await sink.distinct() };
  const owed = accepted(report) * usersPerStore;
  // The sink is asked first because that costs Postgres nothing; rows are only counted at the very end.
  await until(owed, () => sink.distinct());
  const arrivedAt = now();
  await until(before.attempts + owed, async () => (await countRows(db)).attempts);
  const loggedAt = now();
  const stats = await sink.takeStats();
  const added = rowsBetween(before, await countRows(db));
  requireSame({ side: side.name, report, added, stats, usersPerStore });
  return { report, answered, arrivedAt, loggedAt, stats };
}

/** How many alerts were answered as new. */
export function accepted(report: LoadReport): number {
  return report.answers['202'] ?? 0;
}

async function until(goal: number, count: () => Promise<number>): Promise<void> {
  let reached = -1;
  for (let progressAt = now(); now() - progressAt < patienceMs; await sleep(20)) {
    const current = await count();
    if (current >= goal) return;
    if (current > reached) progressAt = now();
    reached = current;
  }
}

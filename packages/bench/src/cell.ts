import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '@signalbox/harness/processes';
import type { Client } from 'pg';
import { requireSame } from './agreement.js';
import { now } from './clock.js';
import type { LoadGenerator, Sink } from './companions.js';
import { type CpuReading, cpuBetween, type Memory, readCpu, readMemory } from './cpu.js';
import type { LoadReport, Order } from './load.js';
import type { Spread } from './percentiles.js';
import { countRows, type Rows, rowsBetween } from './rows.js';
import type { RunningSide } from './running-side.js';

/** Who sends and who receives, alike for both sides. */
export interface Instruments {
  load: LoadGenerator;
  sink: Sink;
  usersPerStore: number;
}

/** What one measured window gave. */
export interface Cell {
  side: 'naive' | 'ours';
  accepted: number;
  /** Accepted alerts by the time from the first sending until the last attempt was on record. Unit: 1/s. */
  eventsPerSecond: number;
  /** CPU time by process tree; `bench` is generator, sink and ourselves. Unit: µs per accepted alert. */
  cpu: Record<'api' | 'worker' | 'redis' | 'postgres' | 'bench', number>;
  /** From the sending of an alert to its answer. */
  answered: Spread;
  /** From the sending of an alert to the arrival of a notification. */
  delivered: Spread;
  /** Notifications that arrived more than once. */
  repeated: number;
  /** Alerts answered otherwise than with 202, or not at all. */
  turnedAway: number;
  /** Alerts the generator gave up sending, because too many were unanswered. */
  shed: number;
  /** Cores used by processes that have no part in this. */
  foreignCores: number;
  memory: { api: Memory; worker: Memory };
}

/** So long without a single arrival, and nothing more is expected. */
const patienceMs = 15_000;

/**
 * Lets the generator carry out one order and waits until everything accepted is delivered and on record.
 * @throws when what was accepted, stored, delivered and logged are not the same number
 */
export async function measure(running: RunningSide, instruments: Instruments, order: Order): Promise<Cell> {
  const { load, sink, usersPerStore } = instruments;
  const roots = processTrees(running);
  const before = await countRows(running.db);
  await sink.takeStats();
  const cpuBefore = await readCpu(roots);
  const report = await load.carryOut(order);
  const loggedAt = await untilLogged(running.db, sink, before, accepted(report) * usersPerStore);
  const cpuAfter = await readCpu(roots);
  const stats = await sink.takeStats();
  const added = rowsBetween(before, await countRows(running.db));
  requireSame({ side: running.side.name, report, added, stats, usersPerStore });
  return {
    side: running.side.name,
    accepted: accepted(report),
    eventsPerSecond: (accepted(report) * 1000) / (loggedAt - report.firstSentAt),
    ...cpuFigures(cpuBefore, cpuAfter, accepted(report)),
    answered: report.latency,
    delivered: stats.latency,
    repeated: stats.arrivals - stats.distinct,
    turnedAway: report.sent - accepted(report),
    shed: report.shed,
    memory: { api: await memoryOf(running.api), worker: await memoryOf(running.worker) },
  };
}

function processTrees({ api, worker, redis, postgres }: RunningSide): Record<string, number> {
  return { api: api.pid, worker: worker?.pid ?? 0, redis: redis.pid, postgres: postgres.pid };
}

/** How many alerts were answered as new. */
export function accepted(report: LoadReport): number {
  return report.answers['202'] ?? 0;
}

// The sink is asked first because that costs Postgres nothing; rows are only counted at the very end.
async function untilLogged(db: Client, sink: Sink, before: Rows, owed: number): Promise<number> {
  await until(owed, () => sink.distinct());
  await until(before.attempts + owed, async () => (await countRows(db)).attempts);
  return now();
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

function cpuFigures(before: CpuReading, after: CpuReading, events: number) {
  const { trees, rest, foreignCores } = cpuBetween(before, after);
  const perEvent = (ms = 0) => (ms * 1000) / events;
  const { api, worker, redis, postgres } = trees;
  const cpu = {
    api: perEvent(api),
    worker: perEvent(worker),
    redis: perEvent(redis),
    postgres: perEvent(postgres),
    bench: perEvent(rest),
  };
  return { cpu, foreignCores };
}

async function memoryOf(child: Child | undefined): Promise<Memory> {
  return child ? readMemory(child.pid) : { now: 0, peak: 0 };
}

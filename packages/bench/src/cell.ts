import type { Child } from '@signalbox/harness/processes';
import { accepted, carryThrough, type Instruments } from './carry-through.js';
import { type CpuReading, cpuBetween, type Memory, readCpu, readMemory } from './cpu.js';
import type { Order } from './load.js';
import type { Spread } from './percentiles.js';
import type { RunningSide } from './running-side.js';

/** What one measured window gave. */
export interface Cell {
  side: 'naive' | 'ours';
  accepted: number;
  /** Accepted alerts by the time from the first sending until the last attempt was on record. Unit: 1/s. */
  eventsPerSecond: number;
  /** CPU time by process tree; `bench` is generator, sink and ourselves. Unit: µs per accepted alert. */
  cpu: Record<'api' | 'worker' | 'redis' | 'postgres' | 'bench', number>;
  /** While alerts were being sent and answered: how long that took, and how many notifications arrived meanwhile. */
  sending: { ms: number; arrived: number };
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

/**
 * Measures one window: an order, until everything accepted is delivered and on record.
 * @throws when what was accepted, stored, delivered and logged are not the same number
 */
export async function measure(running: RunningSide, instruments: Instruments, order: Order): Promise<Cell> {
  const roots = processTrees(running);
  const before = await readCpu(roots);
  const { report, answered, loggedAt, stats } = await carryThrough(running, instruments, order);
  const after = await readCpu(roots);
  return {
    side: running.side.name,
    accepted: accepted(report),
    eventsPerSecond: (accepted(report) * 1000) / (loggedAt - report.firstSentAt),
    ...cpuFigures(before, after, accepted(report)),
    sending: { ms: answered.at - report.firstSentAt, arrived: answered.arrived },
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

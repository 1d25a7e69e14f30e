import { eventually } from '@signalbox/harness/eventually';
import type { Pool } from 'pg';
import { carryThrough, type Instruments } from '../carry-through.js';
import type { Order } from '../load.js';
import type { RunningSide } from '../running-side.js';
import { watchWriting } from './watch.js';

/** What became of an alert whose worker was killed. Unit of times: ms. */
export interface Killed {
  /** How many deliveries stood when it was killed, and how many in the end. */
  rowsThen: number;
  rows: number;
  /** From the first delivery's writing until the last one stood. */
  writingMs: number;
  /** From the sending of the alert until the last user was reached. */
  arrivedMs: number;
  /** From the sending of the alert until the last attempt was on record. */
  loggedMs: number;
  /** Notifications that arrived more than once. */
  repeated: number;
}

/**
 * Sends one alert, kills the worker when it has written half of the deliveries, and starts another at once.
 * @throws when a delivery is missing or stands twice
 */
export async function carryThroughKill(
  running: RunningSide,
  instruments: Instruments,
  alert: Order,
): Promise<Killed> {
  const rows = instruments.usersPerStore;
  const both = Promise.all([carryThrough(running, instruments, alert), killWhenHalfDone(running, rows)]);
  const { result, writingMs } = await watchWriting(running.db, both);
  const [{ report, arrivedAt, loggedAt, stats }, rowsThen] = result;
  return {
    rowsThen,
    rows,
    writingMs,
    arrivedMs: arrivedAt - report.firstSentAt,
    loggedMs: loggedAt - report.firstSentAt,
    repeated: stats.arrivals - stats.distinct,
  };
}

async function killWhenHalfDone(running: RunningSide, rows: number): Promise<number> {
  const isHalfDone = async () => ((await rowsSoFar(running.db)) ?? 0) >= rows / 2;
  await eventually(isHalfDone, { timeoutMs: 30_000, everyMs: 2 });
  await running.worker?.kill();
  const rowsThen = await rowsSoFar(running.db);
  if (rowsThen === null) throw new Error('The fan-out was over before its worker was killed: run it again.');
  await running.startWorker();
  return rowsThen;
}

/** How many deliveries the fan-out under way has written; null when none is. */
async function rowsSoFar(db: Pool): Promise<number | null> {
  const { rows } = await db.query<{ count: number }>(
    `select (select count(*)::int from deliveries where signal_id = fan_outs.signal_id) as count from fan_outs`,
  );
  return rows[0]?.count ?? null;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Closing } from '../closing.js';
import type { Performer } from '../companions.js';
import { readMemory } from '../cpu.js';
import { seedStores } from '../rows.js';
import type { RunningSide } from '../running-side.js';
import { ours } from '../side.js';
import { onFreshSide, type Stage } from '../stage.js';
import { delayed } from './delay.js';
import type { Order, Report } from './senders.js';

/** What is sent, and how slow Postgres is. */
export interface Kind {
  name: string;
  bytes: number;
  /** By which every message to Postgres is late. */
  delayMs: number;
}

/** What came of sending more than can be stored. */
export interface Overload {
  kind: Kind;
  seconds: number;
  /** What is accepted from senders that wait for their answers. Unit: 1/s. */
  capacity: number;
  /** What was to be sent. Unit: 1/s. */
  rate: number;
  report: Report;
  /** Resident memory of the API. Unit: bytes. */
  memory: { start: number; max: number; end: number };
  /** How many of all that was accepted, the measuring of the capacity included, are stored: all of them. */
  stored: number;
}

const location = 'bench-store-1';
const warmUpSeconds = 5;
const capacitySeconds = 8;
/** More than wait for an answer when each is stored as soon as it can be. */
const waitingSenders = 256;
const mostUnanswered = 4_096;
const settleMs = 5_000;

/** Measures what one API stores, then sends it several times as much. */
export function measureOverload(
  stage: Stage,
  senders: Performer<Order, Report>,
  kind: Kind,
  { seconds, times }: { seconds: number; times: number },
): Promise<Overload> {
  const seed = (db: Pool) => seedStores(db, [location], 1);
  const between = (url: string, closing: Closing) => delayed(url, kind.delayMs, closing);
  return onFreshSide(stage, { side: ours, seed, between, withWorker: false }, async (running) => {
    const order = { target: running.target, location, bytes: kind.bytes };
    const waiting = { ...order, seconds: capacitySeconds, rate: null, mostUnanswered: waitingSenders };
    // To warm up.
    const first = await senders.carryOut({ ...waiting, seconds: warmUpSeconds });
    const usual = await senders.carryOut(waiting);
    const capacity = usual.accepted.length / capacitySeconds;
    const rate = times * capacity;
    const sending = senders.carryOut({ ...order, seconds, rate, mostUnanswered });
    const { report, memory } = await watchMemory(running.api.pid, sending);
    const stored = await requireStored(running, [...first.accepted, ...usual.accepted, ...report.accepted]);
    return { kind, seconds, capacity, rate, report, memory, stored };
  });
}

async function watchMemory(pid: number, sending: Promise<Report>) {
  const start = (await readMemory(pid)).now;
  const report = await sending;
  await sleep(settleMs);
  const end = await readMemory(pid);
  return { report, memory: { start, max: end.peak, end: end.now } };
}

/** @throws when what was accepted and what is stored are not the very same */
async function requireStored({ db }: RunningSide, accepted: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ id: string; owed: number }>(
    `select event_id as id, (select count(*)::int from deliveries d where d.signal_id = s.id) as owed from signals s`,
  );
  const stored = new Set(rows.map(({ id }) => id));
  const lost = accepted.filter((id) => !stored.has(id));
  const extra = rows.length - (new Set(accepted).size - lost.length);
  const unowed = rows.filter(({ owed }) => owed !== 1).length;
  if (lost.length + extra + unowed === 0) return rows.length;
  throw new Error(
    `Of ${accepted.length} accepted, ${lost.length} are not stored; ${extra} are stored that were not accepted; ` +
      `${unowed} of those stored are not owed exactly once.`,
  );
}

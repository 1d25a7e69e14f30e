import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { alertPath, ingestKey } from '../alert.js';
import { now } from '../clock.js';
import { type Spread, spread } from '../percentiles.js';
import { perform } from '../performing.js';
import { paddedAlert } from './padded-alert.js';

/** What the senders are to do. */
export interface Order {
  target: string;
  /** The store that all alerts are about. */
  location: string;
  seconds: number;
  /** Of each body. */
  bytes: number;
  /** Per second, whether or not earlier ones were answered; null: each sender waits for its answer. */
  rate: number | null;
  /** At most so many wait for an answer; of the waiting kind there are so many senders. */
  mostUnanswered: number;
}

/** What came of an {@link Order}. Times in ms. */
export interface Report {
  /** From the first sending to the last, and to the last answer. */
  sendingMs: number;
  answeringMs: number;
  sent: number;
  /** Not sent, because too many were unanswered. */
  shed: number;
  /** How long after it was due an alert was sent: long, if it is the senders who cannot keep up. */
  late: Spread;
  /** The alerts that were answered 202. */
  accepted: string[];
  /** From when they were due to their answers. */
  acceptedAfter: Spread;
  refusedAfter: Spread;
  /** Refusals that did not say when to come back. */
  withoutRetryAfter: number;
  /** Answers by status and reason; what got none stands under the error's code. */
  answers: Record<string, number>;
}

interface Notes {
  accepted: string[];
  acceptedMs: number[];
  refusedMs: number[];
  lateMs: number[];
  withoutRetryAfter: number;
  answers: Record<string, number>;
}

async function carryOut(order: Order): Promise<Report> {
  const pool = new Pool(order.target, { connections: order.mostUnanswered, keepAliveTimeout: 10_000 });
  const lateMs: number[] = [];
  const notes: Notes = {
    accepted: [],
    acceptedMs: [],
    refusedMs: [],
    lateMs,
    withoutRetryAfter: 0,
    answers: {},
  };
  const start = now();
  const send = (dueAt: number) => sendOne(pool, order, dueAt, notes);
  const { rate } = order;
  const { sendingMs, shed } = await (rate === null
    ? inTurn(order, send)
    : onTime({ ...order, rate }, start, send));
  const answeringMs = now() - start;
  await pool.close();
  const { acceptedMs, refusedMs, ...rest } = notes;
  return {
    ...rest,
    sendingMs,
    answeringMs,
    shed,
    sent: lateMs.length,
    late: spread(lateMs),
    acceptedAfter: spread(acceptedMs),
    refusedAfter: spread(refusedMs),
  };
}

type Send = (dueAt: number) => Promise<void>;

async function inTurn({ mostUnanswered, seconds }: Order, send: Send) {
  const end = now() + seconds * 1000;
  const sender = async () => {
    while (now() < end) await send(now());
  };
  await Promise.all(Array.from({ length: mostUnanswered }, sender));
  return { sendingMs: seconds * 1000, shed: 0 };
}

async function onTime(
  { rate, seconds, mostUnanswered }: Order & { rate: number },
  start: number,
  send: Send,
): Promise<{ sendingMs: number; shed: number }> {
  const total = Math.round(rate * seconds);
  const unanswered = new Set<Promise<void>>();
  let shed = 0;
  for (let n = 0; n < total; ) {
    for (; n < total && start + (n * 1000) / rate <= now(); n++) {
      if (unanswered.size >= mostUnanswered) shed++;
      else {
        const settled = send(start + (n * 1000) / rate).then(() => void unanswered.delete(settled));
        unanswered.add(settled);
      }
    }
    await sleep(1);
  }
  const sendingMs = now() - start;
  await Promise.all(unanswered);
  return { sendingMs, shed };
}

async function sendOne(pool: Pool, { location, bytes }: Order, dueAt: number, notes: Notes): Promise<void> {
  notes.lateMs.push(now() - dueAt);
  const { id, body } = paddedAlert(location, bytes);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` };
  try {
    const response = await pool.request({ method: 'POST', path: alertPath, headers, body });
    const text = await response.body.text();
    const took = now() - dueAt;
    if (response.statusCode === 202) {
      notes.accepted.push(id);
      notes.acceptedMs.push(took);
      count(notes, '202');
      return;
    }
    notes.refusedMs.push(took);
    if (response.headers['retry-after'] === undefined) notes.withoutRetryAfter++;
    count(notes, `${response.statusCode} ${(JSON.parse(text) as { reason?: string }).reason}`);
  } catch (error) {
    count(notes, (error as { code?: string }).code ?? String(error));
  }
}

function count({ answers }: Notes, what: string): void {
  answers[what] = (answers[what] ?? 0) + 1;
}

perform(carryOut);

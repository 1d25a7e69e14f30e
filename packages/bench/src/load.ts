import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { alertBody, alertPath, ingestKey } from './alert.js';
import { now } from './clock.js';
import { type Spread, spread } from './percentiles.js';
import { perform } from './performing.js';

interface Sending {
  target: string;
  /** The stores that alerts go round. */
  locations: readonly string[];
  seconds: number;
}

/** Each sender waits for its answer before it sends again; ends at `limit` alerts or after `seconds`. */
interface ClosedOrder extends Sending {
  kind: 'closed';
  senders: number;
  limit?: number;
}

/** Alerts leave when they are due, whether or not earlier ones were answered. `rate` per second. */
interface OpenOrder extends Sending {
  kind: 'open';
  rate: number;
}

/** What the generator is to send. */
export type Order = ClosedOrder | OpenOrder;

/** What came of an {@link Order}. */
export interface LoadReport {
  sent: number;
  /** Answers by status; what got none stands under the error's code. */
  answers: Record<string, number>;
  /** Alerts not sent because too many were unanswered: the side cannot keep up with the rate. */
  shed: number;
  /** Unit: ms since 1970. */
  firstSentAt: number;
  /** From when an alert was due to its answer. */
  latency: Spread;
}

const connections = 128;
const mostUnanswered = 1024;

/** Carries out one order. */
async function carryOut(order: Order): Promise<LoadReport> {
  // Far below the servers' 65 s: a connection the server is about to close must not be used again.
  const pool = new Pool(order.target, { connections, keepAliveTimeout: 2_000, keepAliveMaxTimeout: 2_000 });
  const report: Counters = { sent: 0, answers: {}, shed: 0, firstSentAt: now() };
  const latencies: number[] = [];
  const send = async (dueAt: number) => {
    const outcome = await post(pool, alertBody(report.sent++, dueAt, order.locations));
    report.answers[outcome] = (report.answers[outcome] ?? 0) + 1;
    latencies.push(now() - dueAt);
  };
  await (order.kind === 'closed' ? sendClosed(order, report, send) : sendOpen(order, report, send));
  await pool.close();
  return { ...report, latency: spread(latencies) };
}

type Counters = Omit<LoadReport, 'latency'>;
type Send = (dueAt: number) => Promise<void>;

async function sendClosed(order: ClosedOrder, report: Counters, send: Send): Promise<void> {
  const end = now() + order.seconds * 1000;
  const limit = order.limit ?? Number.POSITIVE_INFINITY;
  const sender = async () => {
    while (now() < end && report.sent < limit) await send(now());
  };
  await Promise.all(Array.from({ length: order.senders }, sender));
}

async function sendOpen(order: OpenOrder, report: Counters, send: Send): Promise<void> {
  const start = now();
  const total = Math.round(order.rate * order.seconds);
  const unanswered = new Set<Promise<void>>();
  for (let n = 0; n < total; ) {
    for (; n < total && start + (n * 1000) / order.rate <= now(); n++) {
      if (unanswered.size >= mostUnanswered) report.shed++;
      else track(unanswered, send(start + (n * 1000) / order.rate));
    }
    await sleep(1);
  }
  await Promise.all(unanswered);
}

function track(unanswered: Set<Promise<void>>, sending: Promise<void>): void {
  const settled = sending.then(() => void unanswered.delete(settled));
  unanswered.add(settled);
}

async function post(pool: Pool, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` };
  try {
    const response = await pool.request({ method: 'POST', path: alertPath, headers, body });
    await response.body.dump();
    return String(response.statusCode);
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

perform(carryOut);

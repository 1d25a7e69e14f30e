import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { eventually } from '../src/eventually.js';
import type { System } from '../src/system.js';
import { askApi } from './documented.js';

/** The store of the demo whose two users who hear of thefts are told. */
export const store = { location: 'fr-auchan-larochelle', toldOfTheft: 2 };

/** An alert as a camera sends it. */
export function alert(change: Record<string, unknown> = {}) {
  return {
    url: 'https://media.example.com/clip.mp4',
    location: store.location,
    alert_uuid: randomUUID(),
    label: 'theft',
    time_spotted: Date.now() / 1000,
    ...change,
  };
}

/** What was answered; status 0 when the connection broke. */
export interface Answered {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  return call('POST', url, body, headers);
}

/** Calls the API; text is sent as it is, anything else as JSON. */
export async function call(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  try {
    const response = await askApi(url, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(text !== undefined && { body: text }),
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (answer === '' ? {} : JSON.parse(answer)) as Answered['body'],
    };
  } catch (error) {
    // fetch's own errors come from another realm than jest's, where instanceof does not know them.
    const { name, message } = error as Error;
    if (name !== 'TypeError') throw error;
    return { status: 0, headers: new Headers(), body: { error: message } };
  }
}

export const postAlert = (url: string, body: unknown, headers?: Record<string, string>) =>
  post(`${url}/webhooks/alerts/`, body, headers);

/** Sends `count` new alerts, `atOnce` at a time, each until it is answered 2xx as webhook senders do; gives their uuids. */
export async function sendMany(url: string, count: number, atOnce = 20): Promise<string[]> {
  const bodies = Array.from({ length: count }, () => alert());
  const queue = [...bodies];
  const sender = async () => {
    for (let body = queue.shift(); body; body = queue.shift()) {
      while (!isAccepted(await postAlert(url, body))) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  return bodies.map(({ alert_uuid }) => alert_uuid);
}

const isAccepted = ({ status }: Answered) => status === 200 || status === 202;

/** How often each user was told of each alert: `<alert_uuid> <user id>` → times. */
export function told(system: System): Map<string, number> {
  const counts = new Map<string, number>();
  for (const request of system.receiver.requests) {
    const { alert_uuid, target_user_id } = request.json() as { alert_uuid: string; target_user_id: string };
    const key = `${alert_uuid} ${target_user_id}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** How many deliveries are in each status. */
export async function statuses(system: System): Promise<Record<string, number>> {
  const rows = await query<{ status: string; count: number }>(
    system,
    'select status, count(*)::int as count from deliveries group by status',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

export async function query<Row>(system: System, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: system.databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Waits until this many deliveries are delivered, and there is none besides. */
export async function allDelivered(system: System, deliveries: number): Promise<void> {
  const ended = async () => expect(await statuses(system)).toEqual({ delivered: deliveries });
  await eventually(ended, { timeoutMs: 30_000 });
}

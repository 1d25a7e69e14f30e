import { Client } from 'pg';
import type { Listener } from '../listener.js';
import { type System, startSystem } from '../system.js';
import { type Link, openLink } from './proxy.js';
import type { Random } from './random.js';
import { type Receivers, startReceivers, type Temper } from './receivers.js';
import { type Audience, typeOf } from './signals.js';

/** A system that is ready to be treated badly, and those it delivers to. */
export interface Stage {
  system: System;
  /** By process and server: `worker-1>redis`. */
  links: ReadonlyMap<string, Link>;
  receivers: Receivers;
  audience: Audience;
  /** The subscriptions whose receivers are well, so that only we can delay them. */
  healthy: ReadonlySet<string>;
  close: () => Promise<void>;
}

const subscribers = 100;
const groups = 25;

/** Short, so that what waits for a lease or a retry waits for seconds. Attempts must outlast the bad days of receivers. */
const env = {
  DELIVERY_TIMEOUT: '2s',
  RETRY_SCHEDULE: '1s,1s,2s,2s,3s,5s,5s,5s,5s',
  LOG_LEVEL: 'info',
  PAGERDUTY_ROUTING_KEY: 'C'.repeat(32),
};

/** The users of the demo's first store who hear of thefts. */
const store = {
  location: 'fr-auchan-larochelle',
  users: ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000003'],
};

/** Two APIs and two workers, each of which reaches its servers over links of its own. */
export async function setStage(random: Random): Promise<Stage> {
  const receivers = startReceivers(random);
  const pagerduty = await receivers.open();
  const links = new Map<string, Link>();
  const undo = [
    receivers.close,
    async () => void (await Promise.all([...links.values()].map((link) => link.close()))),
  ];
  const close = async () => {
    for (const step of undo.splice(0)) await step();
  };
  try {
    const system = await startSystem({
      apis: 2,
      workers: 2,
      ownPostgres: true,
      env: { ...env, PAGERDUTY_URL: pagerduty.url },
      envOf: (app, given) => overLinks(app, given, links),
    });
    undo.unshift(system.stop);
    receivers.appoint(system.receiver, 'notification', 'failing');
    receivers.appoint(pagerduty, 'pagerduty', 'failing', 202);
    const { subscriptions, healthy } = await subscribeAll(system.apiUrl, receivers);
    return { system, links, receivers, audience: { subscriptions, groups, store }, healthy, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function overLinks(app: string, given: NodeJS.ProcessEnv, links: Map<string, Link>) {
  const over = async (server: string, url: string | undefined) => {
    const target = new URL(url ?? '');
    const link = await openLink(Number(target.port));
    links.set(`${app}>${server}`, link);
    target.port = String(link.port);
    return target.href;
  };
  return {
    ...given,
    REDIS_URL: await over('redis', given.REDIS_URL),
    DATABASE_URL: await over('postgres', given.DATABASE_URL),
  };
}

async function subscribeAll(api: string, receivers: Receivers) {
  const subscriptions: string[] = [];
  const healthy = new Set<string>();
  for (let n = 0; n < subscribers; n += 1) {
    const listener = await receivers.open();
    const id = await subscribe(api, listener, fieldsOf(n));
    const temper = temperOf(n);
    receivers.appoint(listener, id, temper);
    subscriptions.push(id);
    if (temper === 'fine') healthy.add(id);
  }
  return { subscriptions, healthy };
}

const tempers: readonly Temper[] = [
  'fine',
  'slow',
  'fine',
  'failing',
  'fine',
  'throttling',
  'fine',
  'hanging',
  'fine',
  'resetting',
];

function temperOf(n: number): Temper {
  if (n === subscribers - 1) return 'refusing';
  return tempers[n % tempers.length] ?? 'fine';
}

/** Some want it slowly; to the one that refuses, nothing is sent for long. */
function fieldsOf(n: number): Record<string, unknown> {
  const fields = { timeout_seconds: 5, event_types: [typeOf(n % groups)] };
  if (temperOf(n) === 'refusing') return { ...fields, retry_schedule: ['1s', '1s'] };
  return n % 20 === 2 ? { ...fields, rate_limit: { limit: 10, period_seconds: 1 } } : fields;
}

async function subscribe(api: string, { url }: Listener, fields: Record<string, unknown>): Promise<string> {
  const response = await fetch(`${api}/subscriptions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: `${url}/hook`, ...fields }),
  });
  if (!response.ok) throw new Error(`No subscription: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

/** Lets a Postgres take no more writes, as when its disk is full or it has become a standby, or take them again. */
export async function setReadOnly(databaseUrl: string, readOnly: boolean): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`alter system set default_transaction_read_only = ${readOnly ? 'on' : 'off'}`);
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
}

import { Redis } from 'ioredis';
import { Client } from 'pg';

/** Everything that can be read without a secret of ours, by where it stands. */
export type Texts = Map<string, string>;

/** Asks the API something; gives the text of the answer. */
export type Ask = (path: string) => Promise<string>;

/** Every column of every table, `table.column` by `table.column`, bytes as they are. */
export async function postgresTexts(url: string): Promise<Texts> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const texts: Texts = new Map();
  try {
    const tables = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables.rows) {
      const { rows } = await client.query<Record<string, unknown>>(`select * from "${name}"`);
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) append(texts, `${name}.${column}`, textOf(value));
      }
    }
  } finally {
    await client.end();
  }
  return texts;
}

/** Every key and what stands there, by the kind of the key: job data, reasons and stack traces of failures among it. */
export async function redisTexts(url: string): Promise<Texts> {
  const client = new Redis(url);
  const texts: Texts = new Map();
  try {
    for await (const keys of client.scanStream({ count: 1_000 }) as AsyncIterable<string[]>) {
      for (const key of keys) {
        const type = await client.type(key);
        append(texts, type, `${key} ${JSON.stringify(await redisValue(client, type, key))}`);
      }
    }
  } finally {
    client.disconnect();
  }
  return texts;
}

function redisValue(client: Redis, type: string, key: string): Promise<unknown> {
  if (type === 'string') return client.get(key);
  if (type === 'hash') return client.hgetall(key);
  if (type === 'list') return client.lrange(key, 0, -1);
  if (type === 'set') return client.smembers(key);
  if (type === 'zset') return client.zrange(key, '0', '-1', 'WITHSCORES');
  if (type === 'stream') return client.xrange(key, '-', '+');
  throw new Error(`Say in secret-places.ts how a ${type} is read.`);
}

const states = ['latest', 'active', 'waiting', 'prioritized', 'completed', 'failed', 'delayed', 'paused'];

/** What Bull Board shows: every queue in every state, and every job in it. */
export async function boardTexts(ask: Ask): Promise<Texts> {
  const board = '/admin/queues/api/queues';
  const { queues } = JSON.parse(await ask(board)) as { queues: { name: string }[] };
  const texts: Texts = new Map();
  for (const { name } of queues) {
    for (const state of states) {
      const page = await ask(`${board}?activeQueue=${name}&status=${state}&page=1&jobsPerPage=100`);
      append(texts, name, page);
      const shown = (JSON.parse(page) as BoardPage).queues.find((queue) => queue.name === name)?.jobs ?? [];
      for (const { id } of shown) append(texts, name, await ask(`${board}/${name}/${id}`));
    }
  }
  return texts;
}

interface BoardPage {
  queues: { name: string; jobs: { id: string }[] }[];
}

const lists = {
  events: ['/signals/:signal_id', '/signals/:signal_id/deliveries', '/signals/:signal_id/revisions'],
  deliveries: ['/deliveries/:id'],
  subscriptions: ['/subscriptions/:id', '/subscriptions/:id/attempts?limit=500', '/subscriptions/:id/stats'],
  partners: ['/partners/:id', '/partners/:id/stats'],
  users: ['/users/:id'],
  stores: ['/stores/:location', '/stores/:location/users'],
  rejected: ['/rejected/:id'],
  audit: [],
  'api-keys': [],
  'status-pages': [],
  channels: [],
  'destinations/pagerduty': [],
};

/** What the API answers to those who read: every list, and all there is below what stands in it. */
export async function apiTexts(ask: Ask): Promise<Texts> {
  const texts: Texts = new Map();
  for (const [list, below] of Object.entries(lists)) {
    const text = await ask(`/${list}?limit=500`).catch(() => ask(`/${list}`));
    append(texts, list, text);
    const { data, events = data ?? [] } = JSON.parse(text) as Record<string, Record<string, string>[]>;
    for (const row of events) {
      for (const path of below) {
        const named = path.replace(/:(\w+)/g, (_, field: string) => encodeURIComponent(row[field] ?? ''));
        append(texts, list, await ask(named));
      }
    }
  }
  return texts;
}

function append(texts: Texts, where: string, text: string): void {
  texts.set(where, `${texts.get(where) ?? ''}${text}\n`);
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

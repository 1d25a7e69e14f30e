import { type DeliveryStatus, deliveryStatuses, newId } from '@signalbox/domain';
import * as fc from 'fast-check';
import {
  connect,
  type DeliveryFilter,
  type DeliveryRow,
  deliveriesOfSignal,
  matchingDeliveries,
  newestDeliveries,
  type Pool,
} from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

const subscriptions = Array.from({ length: 3 }, newId);
const channels = ['email', 'notification', 'webhook'];
const start = Date.parse('2026-03-01T00:00:00Z');
const minuteMs = 60_000;

interface Given {
  id: string;
  channel: string;
  target: string;
  status: DeliveryStatus;
  created_at: Date;
}

const given: Given[] = Array.from({ length: 400 }, (_, n) => {
  const channel = channels[(n * 7) % 3] as string;
  const createdAt = start + n * minuteMs;
  return {
    // Made a moment before the row is written.
    id: idAt(createdAt - 3, n),
    channel,
    target: channel === 'webhook' ? (subscriptions[n % 2] as string) : newId(),
    status: deliveryStatuses[(n * n) % deliveryStatuses.length] as DeliveryStatus,
    created_at: new Date(createdAt),
  };
});

function idAt(ms: number, n: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

async function insert(rows: Given[], signalId?: string): Promise<void> {
  await pool.query(
    `insert into deliveries (id, signal_id, revision, channel, target, status, max_attempts, created_at)
     select id, coalesce($2, id), 1, channel, target, status, 6, created_at
     from json_to_recordset($1::json) as row (id uuid, channel text, target text, status text, created_at timestamptz)`,
    [JSON.stringify(rows), signalId ?? null],
  );
}

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 10, () => undefined);
  await insert(given);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

function passes({ statuses, subscriptionId, channel, since, until }: DeliveryFilter) {
  return (row: Given) =>
    (!statuses || statuses.includes(row.status)) &&
    (channel === undefined || row.channel === channel) &&
    (subscriptionId === undefined || (row.channel === 'webhook' && row.target === subscriptionId)) &&
    (!since || row.created_at >= since) &&
    (!until || row.created_at < until);
}

const time = fc.integer({ min: -10, max: 410 }).map((minute) => new Date(start + minute * minuteMs));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const filters = fc.record({
  statuses: maybe(fc.uniqueArray(fc.constantFrom(...deliveryStatuses), { minLength: 1, maxLength: 2 })),
  subscriptionId: maybe(fc.constantFrom(...subscriptions)),
  channel: maybe(fc.constantFrom(...channels, 'sms')),
  since: maybe(time),
  until: maybe(time),
});

test('whatever is asked for, a walk through all pages finds what passes, each once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(filters, fc.integer({ min: 1, max: 200 }), async (filter, limit) => {
      const wanted = ids(given.filter(passes(filter))).toSorted();
      const newest: DeliveryRow[] = [];
      for (let full = true; full; ) {
        const page = await newestDeliveries(pool, filter, limit, newest.at(-1)?.id ?? null);
        newest.push(...page);
        full = page.length === limit;
      }
      expect(ids(newest)).toEqual(wanted.toReversed());

      const oldest: string[] = [];
      for (let full = true; full; ) {
        const page = await matchingDeliveries(pool, filter, limit, oldest.at(-1) ?? null);
        oldest.push(...page);
        full = page.length === limit;
      }
      expect(oldest).toEqual(wanted);
    }),
    { numRuns: 150 },
  );
});

test('a delivery that comes while pages are read shifts none of them', async () => {
  const filter = { statuses: ['failed'], channel: 'notification' } as const;
  const wanted = ids(given.filter(passes(filter))).toReversed();
  const first = await newestDeliveries(pool, filter, 3, null);
  const late = { ...(given.find(passes(filter)) as Given), id: newId() };
  await insert([late]);
  const second = await newestDeliveries(pool, filter, 500, first.at(-1)?.id ?? null);
  expect(ids([...first, ...second])).toEqual(wanted);
  expect(ids(await newestDeliveries(pool, filter, 1, null))).toEqual([late.id]);
  await pool.query('delete from deliveries where id = $1', [late.id]);
});

test('only a webhook’s delivery has a subscription', async () => {
  const rows = await newestDeliveries(pool, {}, 500, null);
  expect(rows).toHaveLength(given.length);
  for (const row of rows) expect(row.subscription_id).toBe(row.channel === 'webhook' ? row.target : null);
});

test('the deliveries of a signal can be asked for by status and time', async () => {
  const signalId = newId();
  const rows = given.map((row, n) => ({
    ...row,
    id: idAt(start + n * minuteMs, 1_000 + n),
    target: newId(),
  }));
  await insert(rows.slice(0, 100), signalId);
  const since = new Date(start + 20 * minuteMs);
  const until = new Date(start + 90 * minuteMs);
  const filter = { statuses: ['delivered', 'held'], since, until } as const;
  const wanted = ids(rows.slice(0, 100).filter(passes(filter))).toReversed();
  expect(wanted.length).toBeGreaterThan(5);
  const first = await deliveriesOfSignal(pool, signalId, 4, null, filter);
  const rest = await deliveriesOfSignal(pool, signalId, 500, first.at(-1)?.id ?? null, filter);
  expect(ids([...first, ...rest])).toEqual(wanted);
  expect(await deliveriesOfSignal(pool, signalId, 500, null)).toHaveLength(100);
});

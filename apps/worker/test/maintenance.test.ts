import { newId, onCall } from '@signalbox/domain';
import {
  attemptCounts,
  attemptsOfSubscription,
  connect,
  keepRejected,
  newestRejected,
  type Pool,
  recordAttempts,
  storeSignals,
} from '@signalbox/postgres';
import { newSignal, type TestDatabase, testDatabase } from '@signalbox/postgres/testing';
import { createLog } from '@signalbox/runtime';
import { maintain } from '../src/maintenance.js';

let database: TestDatabase;
let pool: Pool;
const lines: Record<string, unknown>[] = [];
const log = createLog('worker', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
const hourMs = 3_600_000;
const retention = { attemptHours: 72, rejectedDays: 30 };

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 10, () => undefined);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const subscriptionId = newId();

/** An attempt at this time, as workers record it; answers with its delivery. */
async function tried(attemptedAt: Date): Promise<string> {
  const target = { ...onCall, channel: 'webhook', target: subscriptionId };
  const [stored] = await storeSignals(pool, [newSignal({}, [target])]);
  const deliveryId = stored?.owed[0]?.id as string;
  await recordAttempts(pool, [
    {
      deliveryId,
      attempt: 1,
      attemptedAt,
      outcome: 'success',
      statusCode: 204,
      error: null,
      durationMs: 5,
      targetUrl: 'http://x/',
      responseExcerpt: null,
      status: 'delivered',
      delayMs: null,
    },
  ]);
  return deliveryId;
}

async function kept(): Promise<string[]> {
  const attempts = await attemptsOfSubscription(pool, subscriptionId, 500, null);
  return attempts.map(({ delivery_id }) => delivery_id).toSorted();
}

const strays = async () => (await pool.query('select from attempts_rest')).rowCount;

test('for 60 days: attempts are kept 72 hours, at most a day more, and never lack a partition', async () => {
  const from = new Date('2027-02-20T05:00:00Z').getTime();
  const all: { at: number; id: string }[] = [];
  for (let at = from; at < from + 60 * 24 * hourMs; at += 7 * hourMs) {
    const now = new Date(at);
    await maintain(pool, retention, log, now);
    all.push({ at, id: await tried(now) });
    const age = (row: { at: number }) => (at - row.at) / hourMs;
    const found = await kept();
    const must = all.filter((row) => age(row) <= retention.attemptHours).map(({ id }) => id);
    const may = all.filter((row) => age(row) <= retention.attemptHours + 24).map(({ id }) => id);
    expect(found).toEqual(expect.arrayContaining(must));
    expect(may).toEqual(expect.arrayContaining(found));
  }
  expect(await strays()).toBe(0);
  const { rows } = await pool.query(`select from pg_inherits where inhparent = 'attempts'::regclass`);
  // The default one, those of today and three days to come, and of the four days before at most.
  expect(rows.length).toBeLessThanOrEqual(1 + 4 + 4);
  expect(lines.some(({ msg }) => msg === 'attempts.dropped')).toBe(true);
});

test('what a clock gone wrong has written goes when its time is past', async () => {
  const now = new Date('2027-06-01T12:00:00Z');
  const [old, young] = [await tried(new Date('1971-01-01')), await tried(new Date('2027-06-01T11:00:00Z'))];
  const ahead = await tried(new Date('2027-07-01T11:00:00Z'));
  await maintain(pool, retention, log, now);
  expect(await kept()).toEqual([young, ahead].toSorted());
  expect(await kept()).not.toContain(old);
  await maintain(pool, retention, log, new Date('2027-07-09T12:00:00Z'));
  expect(await kept()).toEqual([]);
  expect(await strays()).toBe(0);
});

test('counts outlive the attempts, by the hour, and end after 30 days', async () => {
  await tried(new Date('2027-08-01T10:20:00Z'));
  const counted = async (now: string) => {
    await maintain(pool, retention, log, new Date(now));
    const since = new Date('2027-08-01T10:00:00Z');
    const window = { since, until: new Date('2027-09-30'), stepMs: hourMs };
    return (await attemptCounts(pool, { subscriptionId }, window)).map(({ at }) => at.toISOString());
  };
  expect(await counted('2027-08-30T00:00:00Z')).toEqual(['2027-08-01T10:00:00.000Z']);
  expect(await counted('2027-09-02T00:00:00Z')).toEqual([]);
});

test('what was turned away is kept as long as it comes, and 30 days more', async () => {
  const rejected = (body: string) => ({
    source: 'alerts',
    reason: 'unknown_label',
    detail: 'unknown',
    errors: [],
    headers: {},
    subscriptionId: null,
    body: Buffer.from(body),
    correlationId: 'request-1',
  });
  await keepRejected(pool, rejected('once'));
  await keepRejected(pool, rejected('again'));
  await pool.query(`update rejected_inbound set received_at = '2027-01-01', last_received_at = '2027-01-01'`);
  await keepRejected(pool, rejected('again'));
  await pool.query(`update rejected_inbound set last_received_at = '2027-01-20' where times > 1`);
  const left = async () => (await newestRejected(pool, {}, 10, null)).map(({ times }) => times);

  await maintain(pool, retention, log, new Date('2027-01-30'));
  expect(await left()).toEqual([2, 1]);
  await maintain(pool, retention, log, new Date('2027-02-01'));
  expect(await left()).toEqual([2]);
  await maintain(pool, retention, log, new Date('2027-02-20'));
  expect(await left()).toEqual([]);
});

test('however many workers do it at once, nobody fails', async () => {
  const now = new Date('2028-01-01T12:00:00Z');
  await Promise.all(Array.from({ length: 4 }, () => maintain(pool, retention, log, now)));
});

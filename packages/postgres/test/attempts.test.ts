import { newId, onCall } from '@signalbox/domain';
import {
  type AttemptOfDelivery,
  type AttemptRecord,
  attemptCounts,
  attemptsOf,
  attemptsOfSubscription,
  cancel,
  connect,
  findDelivery,
  hold,
  leaseDeliveries,
  type Pool,
  recordAttempts,
  storeSignals,
} from '../src/index.js';
import { newSignal, type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 10, () => undefined);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function owe(subscriptionId: string, count = 1): Promise<string[]> {
  const target = { ...onCall, channel: 'webhook', target: subscriptionId };
  const signals = Array.from({ length: count }, () => ({ ...newSignal({}, [target]), maxAttempts: 3 }));
  return (await storeSignals(pool, signals)).map(({ owed }) => owed[0]?.id as string);
}

const now = new Date('2026-03-05T10:00:30.000Z');
const window = { since: new Date('2026-03-05T09:00:00Z'), until: now, stepMs: 60_000 };

function attempt(deliveryId: string, change: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    deliveryId,
    attempt: 1,
    attemptedAt: now,
    outcome: 'success',
    statusCode: 204,
    error: null,
    durationMs: 12.4,
    targetUrl: 'http://127.0.0.1/x',
    responseExcerpt: '',
    status: 'delivered',
    delayMs: null,
    ...change,
  };
}

const timeout = { outcome: 'failed_attempt', status: 'pending', error: 'timeout', delayMs: 1_000 } as const;

test('an attempt for a subscription names it and its signal, and is counted by minute, outcome and duration', async () => {
  const subscriptionId = newId();
  const [one, two, three] = (await owe(subscriptionId, 3)) as [string, string, string];
  await recordAttempts(pool, [attempt(one), attempt(two, { ...timeout, durationMs: 10_003 })]);
  await recordAttempts(pool, [
    attempt(two, { attempt: 2, attemptedAt: new Date(now.getTime() - 60_000) }),
    attempt(three, { durationMs: 12 }),
  ]);

  const counts = await attemptCounts(pool, { subscriptionId }, window);
  const at = new Date('2026-03-05T10:00:00Z');
  const before = new Date('2026-03-05T09:59:00Z');
  const sorted = counts.toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.bucket - b.bucket);
  expect(sorted).toEqual([
    { at: before, outcome: 'success', bucket: 15, count: 1 },
    { at, outcome: 'success', bucket: 15, count: 2 },
    { at, outcome: 'timeout', bucket: 54, count: 1 },
  ]);
  const [latest] = await attemptsOfSubscription(pool, subscriptionId, 1, null);
  const signal = await findDelivery(pool, latest?.delivery_id ?? '');
  expect(latest?.signal_id).toBe(signal?.signal_id);
});

test('an attempt of any other channel is counted for nobody', async () => {
  const [stored] = await storeSignals(pool, [newSignal({}, [onCall])]);
  const id = stored?.owed[0]?.id as string;
  const { rows: before } = await pool.query('select sum(count) from attempt_counts');
  expect(await recordAttempts(pool, [attempt(id)])).toEqual([true]);
  expect((await pool.query('select sum(count) from attempt_counts')).rows).toEqual(before);
  const { rows } = await pool.query(
    'select signal_id, subscription_id from attempts where delivery_id = $1',
    [id],
  );
  expect(rows).toEqual([{ signal_id: stored?.signalId, subscription_id: null }]);
});

test('what is recorded twice is counted once', async () => {
  const subscriptionId = newId();
  const ids = await owe(subscriptionId, 20);
  const records = ids.map((id) => attempt(id));
  const done = await Promise.all(Array.from({ length: 5 }, () => recordAttempts(pool, records)));
  expect(done.flat().filter(Boolean)).toHaveLength(20);
  const counts = await attemptCounts(pool, { subscriptionId }, window);
  expect(counts.map(({ count }) => count)).toEqual([20]);
});

test('batches that count for the same subscriptions at the same time wait for each other, but never in a circle', async () => {
  const subscriptions = Array.from({ length: 5 }, newId);
  const perBatch = 25;
  const owed = await Promise.all(subscriptions.map((id) => owe(id, 8 * (perBatch / subscriptions.length))));
  const durations = [1, 5, 20, 80, 300, 9_000];
  const batch = (n: number) =>
    owed.flatMap((ids, at) =>
      ids
        .slice(5 * n, 5 * n + 5)
        .map((id, index) => attempt(id, { durationMs: durations[(index + at + n) % durations.length] ?? 0 })),
    );
  const all = await Promise.all(Array.from({ length: 8 }, (_, n) => recordAttempts(pool, batch(n))));
  expect(all.flat()).toEqual(Array(8 * perBatch).fill(true));
  const counts = await Promise.all(
    subscriptions.map((id) => attemptCounts(pool, { subscriptionId: id }, window)),
  );
  for (const of of counts) expect(of.reduce((sum, { count }) => sum + count, 0)).toBe(40);
});

test('a delivery that is canceled or held while it is sent stays so, and its attempt is on record', async () => {
  const [canceled, held] = (await owe(newId(), 2)) as [string, string];
  await leaseDeliveries(pool, [canceled, held], 5_000);
  expect(await cancel(pool, canceled, 'by_operator')).toBe(true);
  await hold(pool, held);
  const { completed_at } = (await findDelivery(pool, canceled)) ?? {};
  expect(await recordAttempts(pool, [attempt(canceled, timeout), attempt(held, timeout)])).toEqual([
    true,
    true,
  ]);
  expect(await findDelivery(pool, canceled)).toMatchObject({
    status: 'canceled',
    last_error: 'by_operator',
    attempts_made: 1,
    completed_at,
  });
  expect(await findDelivery(pool, held)).toMatchObject({
    status: 'held',
    attempts_made: 1,
    completed_at: null,
  });
  expect(await attemptsOf(pool, canceled)).toMatchObject([{ attempt: 1, error: 'timeout' }]);
});

test('a delivery that arrived although it was canceled or held meanwhile is delivered', async () => {
  const ids = (await owe(newId(), 2)) as [string, string];
  await leaseDeliveries(pool, ids, 5_000);
  await cancel(pool, ids[0], 'by_operator');
  await hold(pool, ids[1]);
  await recordAttempts(
    pool,
    ids.map((id) => attempt(id)),
  );
  for (const id of ids) {
    const delivery = await findDelivery(pool, id);
    expect(delivery).toMatchObject({ status: 'delivered', last_error: null, attempts_made: 1 });
    expect(delivery?.completed_at).not.toBeNull();
  }
});

test('the attempts for a subscription: newest first over days, in pages that do not shift when more come', async () => {
  const subscriptionId = newId();
  const ids = await owe(subscriptionId, 30);
  await owe(newId(), 5);
  const hours = (n: number) => new Date(Math.floor(now.getTime() - n * 3_600_000));
  // Pairs at the same moment, from the days before and, where no day has a partition, the default one.
  await recordAttempts(
    pool,
    ids.slice(0, 25).map((id, n) => attempt(id, { attemptedAt: hours(5 * Math.floor(n / 2)) })),
  );
  const first = await attemptsOfSubscription(pool, subscriptionId, 7, null);
  await recordAttempts(
    pool,
    ids.slice(25).map((id) => attempt(id, { attemptedAt: hours(-1) })),
  );
  const seen: AttemptOfDelivery[] = first;
  for (let page = first; page.length === 7; seen.push(...page)) {
    page = await attemptsOfSubscription(pool, subscriptionId, 7, seen.at(-1) ?? null);
  }
  expect(seen.map(({ delivery_id }) => delivery_id).toSorted()).toEqual(ids.slice(0, 25).toSorted());
  const times = seen.map(({ attempted_at }) => attempted_at.getTime());
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  const [newest] = await attemptsOfSubscription(pool, subscriptionId, 1, null);
  expect(newest?.attempted_at).toEqual(hours(-1));
});

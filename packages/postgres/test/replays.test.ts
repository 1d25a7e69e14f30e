import { type DeliveryStatus, deliveryStatuses, type Fallback, newId } from '@signalbox/domain';
import {
  cancel,
  connect,
  endedStatuses,
  fallBack,
  findDelivery,
  lateIn,
  leaseDeliveries,
  type Pool,
  recordAttempts,
  reopen,
  replay,
  replayMany,
  storeSignals,
} from '../src/index.js';
import { newSignal, type TestDatabase, testDatabase, toldUser } from '../src/testing.js';

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

/** Deliveries that have come to this status. */
async function owed(status: DeliveryStatus, count = 1, attemptsMade = 2): Promise<string[]> {
  const stored = await storeSignals(
    pool,
    Array.from({ length: count }, () => newSignal({}, [toldUser()])),
  );
  const ids = stored.map((signal) => signal.owed[0]?.id as string);
  await pool.query(
    `update deliveries set status = $2, attempts_made = $3, last_error = 'timeout',
       completed_at = case when $2 not in ('pending', 'held') then now() end
     where id = any($1)`,
    [ids, status, attemptsMade],
  );
  return ids.toSorted();
}

async function oneOwed(status: DeliveryStatus): Promise<string> {
  return (await owed(status))[0] as string;
}

test.each(endedStatuses)('a delivery that is %s gets one more attempt, due now', async (status) => {
  const id = await oneOwed(status);
  expect(await replay(pool, id)).toEqual({
    id,
    channel: 'notification',
    correlationId: 'request-1',
    dueAt: expect.any(Date),
  });
  expect(await findDelivery(pool, id)).toMatchObject({
    status: 'pending',
    attempts_made: 2,
    max_attempts: 3,
    completed_at: null,
    last_error: null,
  });
  expect((await leaseDeliveries(pool, [id], 1_000))[0]).toMatchObject({ attempt: 3, maxAttempts: 3 });
});

test.each(['pending', 'held'] as const)('a delivery that is %s is not replayed', async (status) => {
  const id = await oneOwed(status);
  const before = await findDelivery(pool, id);
  expect(await replay(pool, id)).toBeNull();
  expect(await replayMany(pool, [id], 5)).toEqual([]);
  expect(await findDelivery(pool, id)).toEqual(before);
});

test('every status can be replayed or has its attempts before it', () => {
  expect([...endedStatuses, 'pending', 'held'].toSorted()).toEqual([...deliveryStatuses].toSorted());
});

test('what nobody has is not replayed; a delivery is replayed once at a time', async () => {
  expect(await replay(pool, newId())).toBeNull();
  const id = await oneOwed('failed');
  const replays = await Promise.all(Array.from({ length: 6 }, () => replay(pool, id)));
  expect(replays.filter(Boolean)).toHaveLength(1);
  expect(await reopen(pool, id)).toBe(false);
});

test('many are due one after the other, the oldest first, and a second call begins where the first ends', async () => {
  const ids = await owed('failed', 60);
  const [one, two] = await Promise.all([
    replayMany(pool, ids.slice(0, 40), 5),
    replayMany(pool, ids.slice(30), 5),
  ]);
  expect([...one, ...two].map(({ id }) => id).toSorted()).toEqual(ids);
  for (const replayed of [one, two]) {
    expect(replayed.map(({ id }) => id)).toEqual(replayed.map(({ id }) => id).toSorted());
  }
  const { rows } = await pool.query<{ gap: number }>(
    `select extract(epoch from next_attempt_at - lag(next_attempt_at) over (order by next_attempt_at))::float8 as gap
     from deliveries where id = any($1) order by next_attempt_at`,
    [ids],
  );
  expect(rows.slice(1).map(({ gap }) => gap.toFixed(3))).toEqual(Array(59).fill('0.005'));
});

test('a pace that was set long ago delays nothing', async () => {
  await pool.query(`update replay_pace set free_at = now() - interval '1 hour'`);
  const [first] = await replayMany(pool, await owed('failed', 3), 1_000);
  const { rows } = await pool.query(
    'select extract(epoch from next_attempt_at - queued_at)::float8 as waits from deliveries where id = $1',
    [first?.id],
  );
  expect(rows).toEqual([{ waits: 1 }]);
});

test('what a crash left without a job is found by the sweep when it is due', async () => {
  await pool.query(`update replay_pace set free_at = now()`);
  const ids = await owed('refused', 5);
  await replayMany(pool, ids, 60_000);
  const due = async () => {
    const everything = { after: null, madeBefore: null, limit: 500 };
    const { late } = await lateIn(pool, 'notification', everything, { inLineMs: 0, dueMs: 0 });
    return late.filter(({ id }) => ids.includes(id));
  };
  expect(await due()).toEqual([]);
  await pool.query(
    `update deliveries set queued_at = queued_at - interval '210 seconds',
       next_attempt_at = next_attempt_at - interval '210 seconds' where id = any($1)`,
    [ids],
  );
  const found = await due();
  expect(found.map(({ id }) => id)).toEqual(ids.slice(0, 3));
  expect(found[0]).toMatchObject({ untouched: false, attemptsLeft: 1 });
});

test('what somebody else is changing is left alone, and nobody waits', async () => {
  const ids = (await owed('failed', 2)) as [string, string];
  const other = await pool.connect();
  try {
    await other.query('begin');
    await other.query('select from deliveries where id = $1 for update', [ids[0]]);
    expect((await replayMany(pool, ids, 5)).map(({ id }) => id)).toEqual([ids[1]]);
    await other.query('rollback');
  } finally {
    other.release();
  }
});

const fallback: Fallback = { next: [{ channel: 'email', address: 'a@example.com' }], afterMs: 60_000 };

test.each([
  { status: 'failed', fallsBack: true },
  { status: 'delivered', fallsBack: false },
  { status: 'canceled', fallsBack: false },
] as const)('the next channel of one that was $status is due after the replay: $fallsBack', async (row) => {
  const id = await oneOwed(row.status);
  await pool.query(
    `update deliveries set fallback = $2, fallback_at = now() - interval '1 second' where id = $1`,
    [id, JSON.stringify(fallback)],
  );
  await replay(pool, id);
  expect(await fallBack(pool, 3, 10)).toHaveLength(row.fallsBack ? 1 : 0);
});

test('a delivery that is canceled, or had ended, is not canceled again', async () => {
  const [pending, held, delivered] = [
    await oneOwed('pending'),
    await oneOwed('held'),
    await oneOwed('delivered'),
  ];
  const all = [pending, held, delivered, newId()];
  const cancelAll = () => Promise.all(all.map((id) => cancel(pool, id, 'by_operator')));
  expect(await cancelAll()).toEqual([true, true, false, false]);
  expect(await cancelAll()).toEqual([false, false, false, false]);
  expect(await findDelivery(pool, held)).toMatchObject({ status: 'canceled', last_error: 'by_operator' });
  expect(await leaseDeliveries(pool, [pending], 1_000)).toEqual([null]);
});

test('canceled while it is leased, replayed, and then reported on by the first: recorded once', async () => {
  const id = await oneOwed('pending');
  const [leased] = await leaseDeliveries(pool, [id], 5_000);
  await cancel(pool, id, 'by_operator');
  await replay(pool, id);
  const [again] = await leaseDeliveries(pool, [id], 5_000);
  expect(again?.attempt).toBe(leased?.attempt);
  const record = {
    deliveryId: id,
    attempt: 3,
    attemptedAt: new Date(),
    outcome: 'success',
    statusCode: 204,
    error: null,
    durationMs: 1,
    targetUrl: 'http://x/',
    responseExcerpt: null,
    status: 'delivered',
    delayMs: null,
  } as const;
  expect(await recordAttempts(pool, [record])).toEqual([true]);
  expect(await recordAttempts(pool, [record])).toEqual([false]);
  expect(await findDelivery(pool, id)).toMatchObject({ status: 'delivered', attempts_made: 3 });
});

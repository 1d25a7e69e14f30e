import { newId, onCall } from '@signalbox/domain';
import {
  type AttemptRecord,
  attemptsOf,
  connect,
  databaseTime,
  findDelivery,
  lateIn,
  leaseDeliveries,
  markQueued,
  owedPage,
  type Pool,
  recordAttempts,
  reopen,
  storeSignals,
  whyNotLeased,
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

async function owe(channel = 'notification'): Promise<string> {
  const [stored] = await storeSignals(pool, [{ ...newSignal({}, [{ ...onCall, channel }]), maxAttempts: 3 }]);
  return stored?.owed[0]?.id as string;
}

function attempt(deliveryId: string, change: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    deliveryId,
    attempt: 1,
    attemptedAt: new Date(),
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
const failedAttempt = {
  outcome: 'failed_attempt',
  status: 'pending',
  error: 'timeout',
  statusCode: null,
} as const;

test('a delivery is leased once, and again only after its lease has run out', async () => {
  const id = await owe();
  const taken = await Promise.all(Array.from({ length: 10 }, () => leaseDeliveries(pool, [id, id], 300)));
  const leased = taken.flat().filter((delivery) => delivery !== null);
  expect(leased).toHaveLength(1);
  expect(leased[0]).toMatchObject({ id, attempt: 1, maxAttempts: 3, correlationId: 'request-1' });

  const why = await whyNotLeased(pool, id);
  expect(why?.status).toBe('pending');
  expect(why?.dueInMs).toBeGreaterThan(0);
  await pool.query('select pg_sleep($1)', [((why?.dueInMs as number) + 5) / 1000]);
  expect((await leaseDeliveries(pool, [id], 300))[0]?.attempt).toBe(1);
});

test('an attempt is recorded once: a late double changes nothing', async () => {
  const id = await owe();
  const records = await Promise.all(
    Array.from({ length: 6 }, () =>
      recordAttempts(pool, [attempt(id, { ...failedAttempt, delayMs: 60_000 })]),
    ),
  );
  expect(records.flat().filter(Boolean)).toHaveLength(1);
  expect(await attemptsOf(pool, id)).toHaveLength(1);
  expect(await findDelivery(pool, id)).toMatchObject({
    status: 'pending',
    attempts_made: 1,
    last_error: 'timeout',
  });
  expect(await recordAttempts(pool, [attempt(id, { attempt: 3 })])).toEqual([false]);
  expect(await recordAttempts(pool, [attempt(id, { attempt: 2 })])).toEqual([true]);
  expect(await findDelivery(pool, id)).toMatchObject({
    status: 'delivered',
    attempts_made: 2,
    last_error: null,
  });
});

test('what has ended is not leased, says so, and can be reopened only without success', async () => {
  const delivered = await owe();
  const failed = await owe();
  await recordAttempts(pool, [
    attempt(delivered),
    attempt(failed, { outcome: 'failure', status: 'failed', error: 'server_error', statusCode: 500 }),
  ]);
  expect(await leaseDeliveries(pool, [delivered, failed, newId()], 1_000)).toEqual([null, null, null]);
  expect(await whyNotLeased(pool, failed)).toEqual({ status: 'failed', dueInMs: null });
  expect(await whyNotLeased(pool, newId())).toBeNull();
  expect(await reopen(pool, delivered)).toBe(false);
  expect(await reopen(pool, failed)).toBe(true);
  expect((await leaseDeliveries(pool, [failed], 1_000))[0]).toMatchObject({ attempt: 2, maxAttempts: 2 });
});

test('an attempt outside every partition of a day is kept all the same', async () => {
  const id = await owe();
  const attemptedAt = new Date('2031-05-05T05:05:05Z');
  expect(await recordAttempts(pool, [attempt(id, { attemptedAt })])).toEqual([true]);
  expect((await attemptsOf(pool, id))[0]?.attempted_at).toEqual(attemptedAt);
});

test('the sweep tells who stands in line from who was taken or waits for a retry', async () => {
  const channel = `sweep-${newId()}`;
  const [waiting, leased, retrying, ended] = await Promise.all([
    owe(channel),
    owe(channel),
    owe(channel),
    owe(channel),
  ]);
  await leaseDeliveries(pool, [leased], 1);
  await recordAttempts(pool, [attempt(retrying, { ...failedAttempt, delayMs: 60_000 }), attempt(ended)]);
  await pool.query('select pg_sleep(0.02)');

  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).toSorted();
  const late = async (inLineMs: number, dueMs: number) =>
    ids((await lateIn(pool, channel, everything, { inLineMs, dueMs })).late);
  expect(await late(0, 60_000)).toEqual([waiting]);
  expect(await late(60_000, 0)).toEqual([leased]);
  expect(await late(60_000, 60_000)).toEqual([]);

  const all = await owedPage(pool, channel, await databaseTime(pool), null, 10);
  expect(ids(all)).toEqual([waiting, leased, retrying].toSorted());
  const retry = all.find(({ id }) => id === retrying);
  expect(retry).toMatchObject({ untouched: false, attemptsLeft: 2 });
  expect(retry?.dueInMs).toBeGreaterThan(50_000);
  expect((await owedPage(pool, channel, await databaseTime(pool), all[0]?.id as string, 10)).length).toBe(2);
  expect(ids(await owedPage(pool, channel, 0, null, 10))).toEqual([leased, retrying].toSorted());
});

const everything = { after: null, madeBefore: null, limit: 10 };

test('the sweep looks at a stretch at a time, and not at what was made later', async () => {
  const channel = `stretch-${newId()}`;
  const all = [];
  for (let made = 0; made < 5; made += 1) all.push(await owe(channel));
  await leaseDeliveries(pool, all.slice(0, 4), 60_000);
  const at = { inLineMs: -60_000, dueMs: 0 };
  expect(await lateIn(pool, channel, { ...everything, limit: 3 }, at)).toEqual({ late: [], last: all[2] });
  const rest = await lateIn(pool, channel, { ...everything, after: all[2] as string }, at);
  expect(rest).toMatchObject({ late: [{ id: all[4], untouched: true }], last: all[4] });
  const beyond = { ...everything, after: all[4] as string };
  expect(await lateIn(pool, channel, beyond, at)).toEqual({ late: [], last: null });
  const early = { ...everything, madeBefore: new Date(Date.now() - 60_000) };
  expect(await lateIn(pool, channel, early, at)).toEqual({ late: [], last: null });
});

test('whoever was put in line again is no longer passed over, and may be leased', async () => {
  const channel = `again-${newId()}`;
  const id = await owe(channel);
  await pool.query(
    "update deliveries set queued_at = now() - interval '1 minute', next_attempt_at = now() - interval '1 minute' where id = $1",
    [id],
  );
  const late = async () =>
    (await lateIn(pool, channel, everything, { inLineMs: 30_000, dueMs: 0 })).late.map((row) => row.id);
  expect(await late()).toEqual([id]);
  await markQueued(pool, [id]);
  expect(await late()).toEqual([]);
  expect((await leaseDeliveries(pool, [id], 1_000))[0]?.id).toBe(id);
});

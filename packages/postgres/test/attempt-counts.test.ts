import { newId } from '@signalbox/domain';
import { attemptCounts, connect, isKnown, type Pool, tidyAttemptCounts } from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

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

const now = new Date('2026-03-05T10:20:30Z');
const hourMs = 3_600_000;
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * hourMs);
const wholeWeek = { since: new Date('2026-02-26T10:00:00Z'), until: now, stepMs: 2 * hourMs };

/** Counts every 17 minutes over so many hours, of three durations and two outcomes. */
async function count(subscriptionId: string, hours: number): Promise<void> {
  await pool.query(
    `insert into attempt_counts
     select $1, date_trunc('minute', at), outcome, bucket, 1 + bucket
     from generate_series($2::timestamptz - $3 * interval '1 hour', $2, interval '17 minutes') as at,
       unnest(array['success', 'timeout']) as outcome, unnest(array[3, 20, 60]) as bucket`,
    [subscriptionId, now, hours],
  );
}

const rows = async (table: string) => {
  const { rows: found } = await pool.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return found[0]?.n ?? 0;
};

/** In an order of their own. */
function sorted(counts: Awaited<ReturnType<typeof attemptCounts>>) {
  return counts.map((row) => JSON.stringify(row)).toSorted();
}

test('what is older than three days is kept by the hour: fewer rows, and no other answer', async () => {
  const subscriptionId = newId();
  await count(subscriptionId, 24 * 7);
  const before = await attemptCounts(pool, { subscriptionId }, wholeWeek);
  const minutes = await rows('attempt_counts');
  await tidyAttemptCounts(pool, now);
  await tidyAttemptCounts(pool, now);
  expect(sorted(await attemptCounts(pool, { subscriptionId }, wholeWeek))).toEqual(sorted(before));
  expect(await rows('attempt_counts')).toBeLessThan(0.5 * minutes);
  expect(await rows('attempt_counts_hourly')).toBe(4 * 24 * 2 * 3);
  const { rows: oldest } = await pool.query('select min(minute) as minute from attempt_counts');
  expect(oldest[0]?.minute.getTime()).toBeGreaterThanOrEqual(hoursAgo(73).getTime());
});

test('what comes late joins the hour it belongs to', async () => {
  const subscriptionId = newId();
  const late = () =>
    pool.query(`insert into attempt_counts values ($1, $2, 'success', 20, 7)`, [
      subscriptionId,
      hoursAgo(100),
    ]);
  await late();
  await tidyAttemptCounts(pool, now);
  await late();
  await tidyAttemptCounts(pool, now);
  const counts = await attemptCounts(pool, { subscriptionId }, wholeWeek);
  expect(counts.map((row) => row.count)).toEqual([14]);
});

test('counts are forgotten after 30 days, in batches, and not a day before', async () => {
  await pool.query('truncate attempt_counts, attempt_counts_hourly');
  const old = `insert into attempt_counts_hourly select gen_random_uuid(), $1, 'success', 1, 1 from generate_series(1, 25000)`;
  await pool.query(old, [hoursAgo(30 * 24 + 1)]);
  await pool.query(`insert into attempt_counts_hourly values ($1, $2, 'success', 1, 1)`, [
    newId(),
    hoursAgo(29 * 24),
  ]);
  await tidyAttemptCounts(pool, now);
  expect(await rows('attempt_counts_hourly')).toBe(1);
});

test('a partner’s counts are those of the subscriptions they have', async () => {
  const [partnerId, other, one, two, foreign] = Array.from({ length: 5 }, newId) as [string, ...string[]];
  await pool.query(`insert into partners (id, name) values ($1, 'a'), ($2, 'b')`, [partnerId, other]);
  await pool.query(
    `insert into subscriptions (id, partner_id, url) select id, partner, 'http://x/'
     from unnest($1::uuid[], $2::uuid[]) as s (id, partner)`,
    [
      [one, two, foreign],
      [partnerId, partnerId, other],
    ],
  );
  await pool.query(
    `insert into attempt_counts select id, $2, 'success', 4, n from unnest($1::uuid[]) with ordinality as s (id, n)`,
    [[one, two, foreign], hoursAgo(1)],
  );
  const counts = await attemptCounts(pool, { partnerId }, wholeWeek);
  expect(counts.map((row) => row.count)).toEqual([1 + 2]);
  expect(await isKnown(pool, { partnerId })).toBe(true);
  expect(await isKnown(pool, { partnerId: one as string })).toBe(false);
  expect(await isKnown(pool, { subscriptionId: one as string })).toBe(true);
  expect(await isKnown(pool, { subscriptionId: partnerId })).toBe(false);
});

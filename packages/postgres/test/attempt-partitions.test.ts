import { newId } from '@signalbox/domain';
import { connect, dropAttemptPartitions, ensureAttemptPartitions, type Pool } from '../src/index.js';
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

const day = (text: string) => new Date(`${text}T12:34:56Z`);

async function tried(at: Date): Promise<string> {
  const id = newId();
  await pool.query(
    `insert into attempts (delivery_id, attempt, attempted_at, outcome, duration_ms, target_url)
     values ($1, 1, $2, 'success', 1, 'http://x/')`,
    [id, at],
  );
  return id;
}

async function partitionOf(id: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ name: string }>(
    'select tableoid::regclass::text as name from attempts where delivery_id = $1',
    [id],
  );
  return rows[0]?.name;
}

test('an attempt of today and the three days to come has a partition, also when many make them at once', async () => {
  const now = day('2030-12-30');
  await Promise.all(Array.from({ length: 8 }, () => ensureAttemptPartitions(pool, now)));
  const days = ['2030-12-30', '2030-12-31', '2031-01-01', '2031-01-02'];
  for (const name of days) {
    expect(await partitionOf(await tried(day(name)))).toBe(`attempts_${name.replaceAll('-', '')}`);
  }
  expect(await partitionOf(await tried(day('2031-01-03')))).toBe('attempts_rest');
});

test('attempts that came before their day had a partition move there', async () => {
  const early = await tried(day('2030-06-01'));
  const later = await tried(day('2030-06-20'));
  expect(await partitionOf(early)).toBe('attempts_rest');
  await ensureAttemptPartitions(pool, day('2030-06-01'));
  expect(await partitionOf(early)).toBe('attempts_20300601');
  expect(await partitionOf(later)).toBe('attempts_rest');
});

test('a day is dropped when its last moment is past; what strayed is removed by its own time', async () => {
  await ensureAttemptPartitions(pool, day('2030-03-01'));
  const days = await Promise.all(['2030-03-01', '2030-03-02', '2030-03-03'].map((name) => tried(day(name))));
  const [old, young] = await Promise.all([tried(day('1970-01-01')), tried(day('2099-01-01'))]);
  const dropped = await dropAttemptPartitions(pool, new Date('2030-03-02T23:59:59Z'));
  expect(dropped).toContain('attempts_20300301');
  expect(dropped).not.toContain('attempts_20300302');
  expect(await Promise.all(days.map(partitionOf))).toEqual([
    undefined,
    'attempts_20300302',
    'attempts_20300303',
  ]);
  expect(await Promise.all([old, young].map(partitionOf))).toEqual([undefined, 'attempts_rest']);
});

test('however many attempts have strayed, all that are old go', async () => {
  await pool.query(
    `insert into attempts (delivery_id, attempt, attempted_at, outcome, duration_ms, target_url)
     select gen_random_uuid(), 1, '1999-01-01', 'success', 1, 'http://x/' from generate_series(1, 25000)`,
  );
  await dropAttemptPartitions(pool, day('2020-01-01'));
  expect((await pool.query(`select from attempts where attempted_at < '2000-01-01'`)).rowCount).toBe(0);
});

test('a reader that does not come to an end holds up nobody for long', async () => {
  await ensureAttemptPartitions(pool, day('2030-03-01'));
  const reader = await pool.connect();
  try {
    await reader.query('begin; select from attempts');
    await expect(dropAttemptPartitions(pool, day('2030-04-01'))).rejects.toThrow('lock timeout');
    await expect(ensureAttemptPartitions(pool, day('2030-04-01'))).rejects.toThrow('lock timeout');
    await reader.query('rollback');
  } finally {
    reader.release();
  }
  expect(await dropAttemptPartitions(pool, day('2030-04-01'))).toContain('attempts_20300301');
});

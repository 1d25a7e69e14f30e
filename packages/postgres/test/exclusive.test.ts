import { connect, exclusively, isUnavailable, type Pool } from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 4, () => undefined);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('one at a time, and the next when it is done', async () => {
  let open = () => {};
  const held = new Promise<void>((resolve) => {
    open = resolve;
  });
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const first = exclusively(pool, 'sweep', () => {
    begin();
    return held;
  });
  await begun;
  expect(await exclusively(pool, 'sweep', async () => undefined)).toBe(false);
  open();
  expect(await first).toBe(true);
  expect(await exclusively(pool, 'sweep', async () => undefined)).toBe(true);
});

test('a connection that breaks while the work goes on fails the work, not the process, and the pool goes on', async () => {
  const error = await exclusively(pool, 'sweep', async () => {
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = current_database() and state = 'idle in transaction'`,
    );
    await pool.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    // Its end reaches us on a socket of its own.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }).catch((caught: unknown) => caught);
  expect(isUnavailable(error)).toBe(true);
  expect(await exclusively(pool, 'sweep', async () => undefined)).toBe(true);
});

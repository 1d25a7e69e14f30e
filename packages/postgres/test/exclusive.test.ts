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

test('who stands still in the middle of the work loses the lock, so that others need not wait for it', async () => {
  // As if the process were paused: it gives no sign of life. The database goes on.
  const { setInterval } = globalThis;
  globalThis.setInterval = (() => undefined) as never;
  let wake = () => {};
  const paused = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let first: Promise<unknown> = Promise.resolve();
  await new Promise<void>((begun) => {
    const work = () => {
      begun();
      return paused;
    };
    first = exclusively(pool, 'sweep', work).catch((caught: unknown) => caught);
  });
  const others = () => exclusively(pool, 'sweep', async () => undefined);
  expect(await others()).toBe(false);
  globalThis.setInterval = setInterval;
  while (!(await others())) await new Promise((resolve) => setTimeout(resolve, 200));
  wake();
  expect(isUnavailable(await first)).toBe(true);
}, 20_000);

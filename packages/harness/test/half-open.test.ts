import { connect as connectPostgres, isUnavailable } from '@signalbox/postgres';
import { connectCommands, connectWorker, type Redis } from '@signalbox/redis';
import { type Link, openLink } from '../src/chaos/proxy.js';
import { eventually } from '../src/eventually.js';

// A connection whose other side went without a word: whatever is written to it is swallowed.
let link: Link;

async function over(url: string | undefined): Promise<string> {
  const target = new URL(url ?? '');
  link = await openLink(Number(target.port));
  target.port = String(link.port);
  return target.href;
}

afterEach(() => link.close());

test.each<[string, (url: string, onError: () => void) => Redis, number]>([
  ['for commands', connectCommands, 6_000],
  ['of a worker', connectWorker, 18_000],
])(
  'a connection %s to Redis that is dead without a word is made anew',
  async (_name, connect, timeoutMs) => {
    const redis = connect(await over(process.env.TEST_REDIS_URL), () => undefined);
    await eventually(async () => (await redis.ping()) === 'PONG');
    link.forget();
    await eventually(async () => (await redis.ping()) === 'PONG', { timeoutMs });
    redis.disconnect();
  },
  30_000,
);

test('connections to Postgres that are dead without a word fail as if it were away, and the pool goes on', async () => {
  const pool = connectPostgres(await over(process.env.TEST_DATABASE_URL), 10, () => undefined);
  await Promise.all(Array.from({ length: 10 }, () => pool.query('select pg_sleep(0.1)')));
  link.forget();
  const started = performance.now();
  const error = await pool.query('select 1').catch((caught: unknown) => caught);
  expect(isUnavailable(error)).toBe(true);
  await pool.query('select 1');
  expect(performance.now() - started).toBeLessThan(15_000);
  await pool.end();
}, 60_000);

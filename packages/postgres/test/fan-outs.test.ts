import { newId, type RoutingPolicy } from '@signalbox/domain';
import {
  connect,
  decisionsOf,
  type FanOutKey,
  fanOutNext,
  idleFanOuts,
  membersOf,
  type Pool,
  storeSignals,
  tallyOf,
} from '../src/index.js';
import { newSignal, type TestDatabase, testDatabase } from '../src/testing.js';
import { storeWith } from './directory-of.js';

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

const policy: RoutingPolicy = { routeWarning: false, production: true, fallbackAfterMs: 60_000 };
const suspicious = { version: 1, severity: 'warning' as const };
const theft = { version: 2, severity: 'critical' as const };

async function due(location: string, change: object = theft, dedupeKey = newId()): Promise<FanOutKey> {
  const audience = { type: 'store' as const, location };
  const item = { ...newSignal({ dedupeKey, audience, ...change }, []), fanOut: true };
  const [stored] = await storeSignals(pool, [item]);
  expect(stored).toMatchObject({ owed: [], fanOut: true });
  return { signalId: stored?.signalId ?? '', revision: stored?.revision ?? 0 };
}

async function all(key: FanOutKey, size: number): Promise<number[]> {
  const sizes: number[] = [];
  for (;;) {
    const chunk = await fanOutNext(pool, key, policy, size);
    if (!chunk) return sizes;
    sizes.push(chunk.owed.length);
    if (chunk.done) return sizes;
  }
}

const toldUsers = async (key: FanOutKey) => {
  const { rows } = await pool.query<{ target: string }>(
    'select target from deliveries where signal_id = $1 and revision = $2 order by 1',
    [key.signalId, key.revision],
  );
  return rows.map(({ target }) => target);
};

test('a store with many users is told in chunks, each user once, and every user has a decision', async () => {
  const users = Array.from({ length: 25 }, (_, n) => ({
    preference: n % 5 === 0 ? 'standard' : 'both',
    active: n !== 7,
  }));
  const { location, ids } = await storeWith(pool, users);
  expect(await membersOf(pool, [location, 'nowhere'], 24)).toEqual([
    { known: true, members: 'many' },
    { known: false, members: [] },
  ]);

  const key = await due(location);
  expect(await tallyOf(pool, key.signalId)).toMatchObject({ fanning_out: true });
  const sizes = await all(key, 10);
  expect(sizes).toHaveLength(3);
  expect(await tallyOf(pool, key.signalId)).toEqual({
    deliveries: { pending: 19 },
    not_told: { preference: 5, inactive: 1 },
    fanning_out: false,
  });
  const decisions = await decisionsOf(pool, key.signalId, 500, null);
  expect(decisions.map(({ user_id }) => user_id)).toEqual(ids);
  expect(await fanOutNext(pool, key, policy, 10)).toBeNull();
});

test('what a worker had begun another goes on with; two at once write nothing twice', async () => {
  const { location, ids } = await storeWith(
    pool,
    Array.from({ length: 40 }, () => ({})),
  );
  const key = await due(location);
  await fanOutNext(pool, key, policy, 7);
  const work = await Promise.all([all(key, 7), all(key, 7), all(key, 7)]);
  await all(key, 7);
  expect(work.flat().reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(33);
  expect(await toldUsers(key)).toEqual(ids);
});

test('a chunk that fails leaves nothing behind', async () => {
  const { location, ids } = await storeWith(pool, [{}, {}]);
  const key = await due(location);
  await pool.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
     create trigger refuse before insert on deliveries for each row execute function refuse()`,
  );
  await expect(fanOutNext(pool, key, policy, 10)).rejects.toThrow('no');
  await pool.query('drop trigger refuse on deliveries; drop function refuse');
  expect(await toldUsers(key)).toEqual([]);
  expect(await all(key, 10)).toEqual([2]);
  expect(await toldUsers(key)).toEqual(ids);
});

test('an upgrade tells those who have not been told as gravely, also before the first fan-out is through', async () => {
  const users = [{ preference: 'both' }, { preference: 'critical' }, { preference: 'standard' }, {}];
  const { location, ids } = await storeWith(pool, users);
  const dedupeKey = newId();
  const first = await due(location, suspicious, dedupeKey);
  await fanOutNext(pool, first, policy, 2);
  const second = await due(location, theft, dedupeKey);
  expect(second.revision).toBe(2);
  await all(second, 10);
  expect(await toldUsers(second)).toEqual([ids[0], ids[1], ids[3]]);
  await all(first, 10);
  // The last user knows already that it is a theft.
  expect(await toldUsers(first)).toEqual([ids[0], ids[2]]);
  const decisions = await decisionsOf(pool, first.signalId, 500, null);
  const of = (revision: number) =>
    decisions.filter((row) => row.revision === revision).map(({ user_id, reason }) => [user_id, reason]);
  expect(of(1)).toEqual([
    [ids[0], null],
    [ids[1], 'preference'],
    [ids[2], null],
    [ids[3], 'already_told'],
  ]);
  expect(of(2)).toEqual([
    [ids[0], null],
    [ids[1], null],
    [ids[2], 'preference'],
    [ids[3], null],
  ]);
});

test('a fan-out nobody gets on with is found, once per period', async () => {
  const { location } = await storeWith(pool, [{}]);
  const key = await due(location);
  expect(await idleFanOuts(pool, 60_000)).toEqual([]);
  await pool.query(`update fan_outs set touched_at = now() - interval '2 minutes' where signal_id = $1`, [
    key.signalId,
  ]);
  expect(await idleFanOuts(pool, 60_000)).toEqual([key]);
  expect(await idleFanOuts(pool, 60_000)).toEqual([]);
  await all(key, 10);
  expect(await idleFanOuts(pool, 0)).toEqual([]);
});

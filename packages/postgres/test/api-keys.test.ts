import { hashApiKey, newId } from '@signalbox/domain';
import {
  addApiKey,
  connect,
  keysInForce,
  newestApiKeys,
  noteApiKeyUsed,
  type Pool,
  revokeApiKey,
} from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 3, () => undefined);
});

beforeEach(() => pool.query('delete from api_keys'));

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function add(name: string) {
  return addApiKey(pool, { id: newId(), name, scope: 'read', hash: hashApiKey(name) });
}

test('a key is kept, in force, and listed newest first, without its hash', async () => {
  const [one, two] = [await add('one'), await add('two')];
  expect(one).toEqual({
    id: expect.any(String),
    name: 'one',
    scope: 'read',
    created_at: expect.any(Date),
    last_used_at: null,
    revoked_at: null,
  });
  expect(await newestApiKeys(pool, 10, null)).toEqual([two, one]);
  expect(await newestApiKeys(pool, 10, two.id)).toEqual([one]);
  expect(await newestApiKeys(pool, 1, null)).toEqual([two]);
  expect((await keysInForce(pool)).find(({ id }) => id === one.id)).toEqual({
    id: one.id,
    name: 'one',
    scope: 'read',
    hash: hashApiKey('one'),
  });
});

test('one that is revoked stays on the list, with the time it was first revoked', async () => {
  const { id } = await add('one');
  const revoked = await revokeApiKey(pool, id);
  expect(revoked).toMatchObject({ id, revoked_at: expect.any(Date) });
  expect(await revokeApiKey(pool, id)).toEqual(revoked);
  expect(await keysInForce(pool)).toEqual([]);
  expect(await newestApiKeys(pool, 10, null)).toEqual([revoked]);
  expect(await revokeApiKey(pool, newId())).toBeNull();
});

test('that a key is used is written once a minute', async () => {
  const { id } = await add('one');
  const lastUse = async () => (await newestApiKeys(pool, 1, null))[0]?.last_used_at;
  await noteApiKeyUsed(pool, id);
  const first = await lastUse();
  expect(first).toBeInstanceOf(Date);
  await noteApiKeyUsed(pool, id);
  expect(await lastUse()).toEqual(first);
  await pool.query(`update api_keys set last_used_at = now() - interval '61 seconds'`);
  await noteApiKeyUsed(pool, id);
  expect((await lastUse())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() as number);
});

test('no two keys have the same hash', async () => {
  await add('one');
  await expect(add('one')).rejects.toThrow('unique');
});

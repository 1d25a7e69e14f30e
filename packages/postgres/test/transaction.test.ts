import { newId } from '@signalbox/domain';
import { addPartner, connect, findPartner, type Pool, removePartner, transaction } from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 1, () => undefined);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('what throws leaves nothing behind, not even what had been a transaction of its own', async () => {
  const partner = await addPartner(pool, { id: newId(), name: 'Acme' });
  const failing = transaction(pool, async (db) => {
    expect(await removePartner(db, partner.id)).toBe('removed');
    expect(await findPartner(db, partner.id)).toBeNull();
    throw new Error('and then something fails');
  });
  await expect(failing).rejects.toThrow('and then something fails');
  expect(await findPartner(pool, partner.id)).toEqual(partner);
});

test('a transaction within another one needs no connection of its own', async () => {
  const id = newId();
  await transaction(pool, async (db) => {
    await addPartner(db, { id, name: 'Acme' });
    expect(await removePartner(db, id)).toBe('removed');
  });
  expect(await findPartner(pool, id)).toBeNull();
});

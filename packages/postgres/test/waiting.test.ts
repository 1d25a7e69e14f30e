import { newId, type Target } from '@signalbox/domain';
import {
  connect,
  findDelivery,
  lateIn,
  leaseDeliveries,
  owedPage,
  type Pool,
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

const inAnHour = () => new Date(Date.now() + 3_600_000);
const waiting = (notBefore: Date): Target => ({ ...toldUser(), notBefore });

async function owe(target: Target, change: object = {}) {
  const [stored] = await storeSignals(pool, [newSignal(change, [target])]);
  return stored?.owed[0];
}

test('a delivery that waits for the end of quiet hours is nobody’s to send before, and not taken for lost', async () => {
  const notBefore = inAnHour();
  const owed = await owe(waiting(notBefore));
  expect(owed).toMatchObject({ notBefore, attempts: 6 });
  const id = owed?.id as string;
  expect(await leaseDeliveries(pool, [id], 1_000)).toEqual([null]);
  const everything = { after: null, madeBefore: null, limit: 500 };
  const { late } = await lateIn(pool, 'notification', everything, { inLineMs: 0, dueMs: 0 });
  expect(late.filter((found) => found.id === id)).toEqual([]);
  const [row] = (await owedPage(pool, 'notification', 0, null, 500)).filter((found) => found.id === id);
  expect(row?.untouched).toBe(false);
  expect(row?.dueInMs).toBeGreaterThan(3_500_000);
});

test('who is told something graver does not hear later what it had been', async () => {
  const dedupeKey = newId();
  const target = waiting(inAnHour());
  const first = await owe(target, { dedupeKey, version: 1, severity: 'warning' });
  const second = await owe({ ...target, notBefore: null }, { dedupeKey, version: 2, severity: 'critical' });
  expect(await findDelivery(pool, first?.id ?? '')).toMatchObject({
    status: 'canceled',
    last_error: 'superseded',
  });
  expect(await findDelivery(pool, second?.id ?? '')).toMatchObject({ status: 'pending', revision: 2 });
});

test('what has been sent already, or may have been, says so when it is taken again', async () => {
  const soon = new Date(Date.now() + 30);
  const id = (await owe(waiting(soon)))?.id as string;
  const take = async () => {
    for (;;) {
      const [delivery] = await leaseDeliveries(pool, [id], 1);
      if (delivery) return delivery.again;
    }
  };
  expect(await take()).toBe(false);
  expect(await take()).toBe(true);
});

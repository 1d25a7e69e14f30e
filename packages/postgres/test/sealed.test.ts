import { newId, onCall } from '@signalbox/domain';
import {
  addSubscription,
  addUser,
  changeSubscription,
  changeUser,
  connect,
  type Pool,
  rotateSecret,
  type SealedPlace,
  sealedContacts,
  sealedDeliveries,
  sealedHeaders,
  sealedSecrets,
  storeSignals,
} from '../src/index.js';
import { newSignal, type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await testDatabase();
  pool = connect(database.url, 5, () => undefined);
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

const firstId = '00000000-0000-0000-0000-000000000000';

/** Replaces what is there, then changes it in between and must not replace it. */
async function replaceTwice<Value>(
  place: SealedPlace<Value>,
  next: Value,
  interfere: () => Promise<unknown>,
) {
  const [read] = await place.read(pool, firstId, 10);
  if (!read) throw new Error('nothing to read');
  expect(await place.replace(pool, read, next)).toBe(true);
  const [replaced] = await place.read(pool, firstId, 10);
  expect(replaced).toMatchObject({ id: read.id, owner: read.owner, ...next });
  if (!replaced) throw new Error('nothing to read');
  await interfere();
  const [changed] = await place.read(pool, firstId, 10);
  expect(await place.replace(pool, replaced, read)).toBe(false);
  expect(await place.read(pool, firstId, 10)).toEqual([changed]);
}

async function newSubscription(): Promise<string> {
  const id = newId();
  const secrets = [{ kind: 'signing' as const, sealed: Buffer.from('one') }];
  await addSubscription(pool, { id, url: 'https://x.example', headers: { 'x-a': 'a' } }, secrets);
  return id;
}

test('a secret is replaced unless it has changed', async () => {
  const id = await newSubscription();
  await replaceTwice(sealedSecrets, { sealed: Buffer.from('two') }, () =>
    rotateSecret(pool, id, 'signing', Buffer.from('three'), 0),
  );
});

test('headers are replaced unless they have changed, encrypted or not', async () => {
  const id = await newSubscription();
  const next = { headers: { 'x-a': '***' }, sealedHeaders: Buffer.from('one') };
  await replaceTwice(sealedHeaders, next, () =>
    changeSubscription(pool, id, { sealedHeaders: Buffer.from('two') }),
  );
});

test('contacts are replaced unless they have changed', async () => {
  const id = newId();
  const contacts = (address: string) => [{ channel: 'slack', address, severities: null }];
  await addUser(pool, { id, name: 'Ana', channels: contacts('one') });
  await replaceTwice(sealedContacts, { channels: contacts('two') }, () =>
    changeUser(pool, id, { channels: contacts('three') }),
  );
});

test('addresses of deliveries are replaced unless they have changed', async () => {
  const next = [{ channel: 'slack', address: 'one' }];
  const target = { ...onCall, address: 'one', fallback: { next, afterMs: 5 } };
  await storeSignals(pool, [newSignal({}, [target])]);
  const replacement = { channel: 'pagerduty', address: 'two', fallback: { next, afterMs: 5 } };
  await replaceTwice(sealedDeliveries, replacement, () =>
    pool.query('update deliveries set fallback = null'),
  );
});

test('are read by their ids, a page at a time', async () => {
  const ids = [await newSubscription(), await newSubscription(), await newSubscription()];
  const first = await sealedHeaders.read(pool, firstId, 2);
  const rest = await sealedHeaders.read(pool, first.at(-1)?.id ?? '', 2);
  expect([...first, ...rest].map(({ id }) => id)).toEqual(ids);
});

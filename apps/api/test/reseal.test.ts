import { randomBytes } from 'node:crypto';
import {
  createEnvelope,
  type Envelope,
  encryptionKeys,
  newId,
  onCall,
  openAddress,
  openHeaders,
  sealAddress,
  sealHeaders,
  type Target,
} from '@signalbox/domain';
import {
  addSubscription,
  addUser,
  connect,
  contactsOf,
  findSubscriptions,
  keysInUse,
  leaseDeliveries,
  type Pool,
  storeSignals,
} from '@signalbox/postgres';
import { newSignal, type TestDatabase, testDatabase } from '@signalbox/postgres/testing';
import { createLog } from '@signalbox/runtime';
import { warnOfMissingKeys } from '../src/missing-keys.js';
import { reseal } from '../src/reseal.js';
import { resealReport } from '../src/reseal-report.js';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64'));
const keys = encryptionKeys(true).parse(`${newKey},${oldKey}`);
const [newest = '', older = ''] = keys.map(({ id }) => id);
const before = createEnvelope(encryptionKeys(true).parse(oldKey));
const both = createEnvelope(keys);
const after = createEnvelope(encryptionKeys(true).parse(newKey));

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

const url = 'https://receiver.example/hook';
const webhook = 'https://hooks.slack.com/services/T0/B0/opensesame';
const headers = { authorization: 'Bearer opensesame' };

async function newSubscription(envelope: Envelope | null): Promise<string> {
  const id = newId();
  const told = envelope ? sealHeaders(envelope, headers, id) : { headers };
  const secrets = envelope ? [{ kind: 'signing' as const, sealed: envelope.seal('signing', id) }] : [];
  await addSubscription(pool, { id, url, ...told }, secrets);
  return id;
}

/** A user with an address, and a delivery to them that goes on to the same one. */
async function newRecipient(envelope: Envelope | null): Promise<{ id: string; delivery: string }> {
  const id = newId();
  const address = envelope ? sealAddress(envelope, webhook, id) : webhook;
  const channels = [
    { channel: 'slack', address, severities: null, ...(envelope && { shown: 'https://hooks.slack.com/…x' }) },
    { channel: 'email', address: 'ana@example.com', severities: null },
  ];
  await addUser(pool, { id, name: 'Ana', channels });
  const next = [
    { channel: 'slack', address },
    { channel: 'email', address: 'ana@example.com' },
  ];
  const target: Target = {
    ...onCall,
    channel: 'slack',
    target: id,
    userId: id,
    address,
    fallback: { next, afterMs: null },
  };
  const [stored] = await storeSignals(pool, [newSignal({}, [target])]);
  return { id, delivery: stored?.owed[0]?.id ?? '' };
}

async function openAll(envelope: Envelope, subscription: string, user: { id: string; delivery: string }) {
  const [found] = await findSubscriptions(pool, [subscription]);
  if (!found) throw new Error('no subscription');
  const contacts = (await contactsOf(pool, [user.id])).get(user.id) ?? [];
  const [leased] = await leaseDeliveries(pool, [user.delivery], 0);
  const { rows } = await pool.query('select fallback from deliveries where id = $1', [user.delivery]);
  const addresses = [contacts[0]?.address, leased?.address, rows[0].fallback.next[0].address] as string[];
  return {
    secrets: found.sealedSecrets.map(({ sealed }) => envelope.open(sealed, subscription)),
    headers: openHeaders(envelope, found, subscription),
    addresses: addresses.map((address) => openAddress(envelope, address, user.id)),
    rest: [contacts[1]?.address, rows[0].fallback.next[1].address],
  };
}

const everything = {
  secrets: ['signing'],
  headers,
  addresses: [webhook, webhook, webhook],
  rest: ['ana@example.com', 'ana@example.com'],
};

const total = (found: { resealed: number }[]) => found.reduce((sum, { resealed }) => sum + resealed, 0);

test('what an older key sealed is under the newest one, and nothing else has changed', async () => {
  const [subscription, user] = [await newSubscription(before), await newRecipient(before)];
  expect(await openAll(before, subscription, user)).toEqual(everything);
  expect(total(await reseal(pool, both))).toBe(4);
  expect(await openAll(after, subscription, user)).toEqual(everything);
  await expect(openAll(before, subscription, user)).rejects.toThrow('which is not given');
});

test('what was plain is sealed, and shown as what is sealed is', async () => {
  const [subscription, user] = [await newSubscription(null), await newRecipient(null)];
  expect(total(await reseal(pool, after))).toBe(3);
  expect(await openAll(after, subscription, user)).toEqual({ ...everything, secrets: [] });
  const { rows } = await pool.query(
    `select (select json_agg(s.*) from subscriptions s)::text || (select json_agg(u.*) from users u)::text
       || (select json_agg(d.*) from deliveries d)::text as text`,
  );
  expect(rows[0].text).not.toContain('sesame');
  const [contact] = (await contactsOf(pool, [user.id])).get(user.id) ?? [];
  expect(contact?.shown).toMatch(/^https:\/\/hooks\.slack\.com\/…[\w-]{6}$/);
});

test('run again it has nothing to do, and says which keys are in use', async () => {
  for (const envelope of [before, both, null]) {
    await newSubscription(envelope);
    await newRecipient(envelope);
  }
  await reseal(pool, both);
  const again = await reseal(pool, both);
  expect(total(again)).toBe(0);
  const inUse = Object.fromEntries(again.map(({ name, inUse }) => [name, [...inUse]]));
  expect(inUse).toEqual({
    'secrets of subscriptions': [[newest, 2]],
    'headers of subscriptions': [[newest, 3]],
    'addresses of users': [[newest, 3]],
    'addresses of deliveries': [[newest, 6]],
  });
  expect(resealReport(again, [newest, older])).toEqual({
    isDone: true,
    text: expect.stringContaining('others may be dropped'),
  });
});

test('what cannot be opened stays, is in nobody’s way, and is told', async () => {
  const stranger = createEnvelope(encryptionKeys(true).parse(randomBytes(32).toString('base64')));
  const lost = await newSubscription(stranger);
  const kept = await findSubscriptions(pool, [lost]);
  const [subscription, user] = [await newSubscription(before), await newRecipient(before)];
  const found = await reseal(pool, both);
  expect(await openAll(after, subscription, user)).toEqual(everything);
  expect(await findSubscriptions(pool, [lost])).toEqual(kept);
  const { text, isDone } = resealReport(found, [newest, older]);
  expect(isDone).toBe(false);
  expect(text).toMatch(/in use: the key [0-9a-f]{8}, which is not given, 2 times/);
  expect(text).toContain('keep the old ones');
});

test('beside processes that write: nothing they write is lost', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => newSubscription(before)));
  const stopping = new AbortController();
  const written = new Map<string, string>();
  const write = async () => {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      const id = ids[n % ids.length] ?? '';
      const value = String(n);
      const { headers, sealedHeaders } = sealHeaders(both, { 'x-n': value }, id);
      await pool.query('update subscriptions set headers = $2, sealed_headers = $3 where id = $1', [
        id,
        headers,
        sealedHeaders,
      ]);
      written.set(id, value);
    }
  };
  const writer = write();
  for (let round = 0; round < 5; round += 1) await reseal(pool, both);
  stopping.abort();
  await writer;
  for (const subscription of await findSubscriptions(pool, ids)) {
    if (!subscription) throw new Error('gone');
    const value = written.get(subscription.id);
    expect(openHeaders(both, subscription, subscription.id)).toEqual(
      value === undefined ? headers : { 'x-n': value },
    );
  }
});

test('more than a page of them', async () => {
  await pool.query(
    `insert into subscriptions (id, url, headers)
     select gen_random_uuid(), 'https://x.example', '{"x-a":"b"}' from generate_series(1, 2000)`,
  );
  expect(total(await reseal(pool, after))).toBe(2_000);
  expect(total(await reseal(pool, after))).toBe(0);
});

test('which keys are in use, and what is said at the start of those that are missing', async () => {
  expect(await keysInUse(pool, ['slack'])).toEqual([]);
  await newSubscription(before);
  await newRecipient(both);
  expect((await keysInUse(pool, ['slack'])).toSorted()).toEqual([newest, older].toSorted());
  const lines: Record<string, unknown>[] = [];
  const log = createLog('api', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  await warnOfMissingKeys(pool, keys, log);
  expect(lines).toEqual([]);
  await warnOfMissingKeys(pool, keys.slice(0, 1), log);
  expect(lines).toMatchObject([{ level: 'error', msg: 'encryption_key.missing', key_ids: [older] }]);
});

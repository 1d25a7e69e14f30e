import { newId, type Target } from '@signalbox/domain';
import {
  connect,
  decisionsOf,
  fallBack,
  leaseDeliveries,
  type Pool,
  recordAttempts,
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

const next = [
  { channel: 'email', address: 'ana@example.com' },
  { channel: 'notification', address: null },
];

async function owe(afterMs: number | null): Promise<{ signalId: string; id: string; user: string }> {
  const user = newId();
  const target: Target = {
    ...toldUser(user),
    channel: 'sms',
    address: '+33612345678',
    fallback: { next, afterMs },
  };
  const [stored] = await storeSignals(pool, [newSignal({}, [target])]);
  return { signalId: stored?.signalId ?? '', id: stored?.owed[0]?.id ?? '', user };
}

async function record(id: string, status: 'delivered' | 'failed' | 'refused' | 'pending'): Promise<void> {
  const [delivery] = await leaseDeliveries(pool, [id], 60_000);
  await recordAttempts(pool, [
    {
      deliveryId: id,
      attempt: delivery?.attempt ?? 0,
      attemptedAt: new Date(),
      outcome: status === 'delivered' ? 'success' : 'failure',
      statusCode: null,
      error: status === 'delivered' ? null : 'timeout',
      durationMs: 1,
      targetUrl: '',
      responseExcerpt: null,
      status,
      delayMs: status === 'pending' ? 0 : null,
    },
  ]);
}

async function chain(signalId: string) {
  const [decision] = await decisionsOf(pool, signalId, 10, null);
  return decision?.deliveries.map(({ channel, status }) => `${channel} ${status}`);
}

test.each(['failed', 'refused'] as const)(
  'a delivery that is %s makes the next channel try, once each',
  async (status) => {
    const { signalId, id, user } = await owe(null);
    expect(await fallBack(pool, 6, 100)).toEqual([]);
    await record(id, status);
    const [second, ...none] = await fallBack(pool, 6, 100);
    expect(none).toEqual([]);
    expect(second).toMatchObject({
      channel: 'email',
      correlationId: 'request-1',
      attempts: 6,
      notBefore: null,
    });
    expect(await fallBack(pool, 6, 100)).toEqual([]);
    const [delivery] = await leaseDeliveries(pool, [second?.id ?? ''], 0);
    expect(delivery).toMatchObject({ target: user, address: 'ana@example.com', attempt: 1 });

    await record(second?.id ?? '', status);
    const [third] = await fallBack(pool, 6, 100);
    expect(third).toMatchObject({ channel: 'notification' });
    await record(third?.id ?? '', status);
    expect(await fallBack(pool, 6, 100)).toEqual([]);
    expect(await chain(signalId)).toEqual([`sms ${status}`, `email ${status}`, `notification ${status}`]);
  },
);

test('one that has not arrived in time is joined by the next, and goes on', async () => {
  const { signalId, id } = await owe(0);
  const [second] = await fallBack(pool, 6, 100);
  expect(second).toMatchObject({ channel: 'email' });
  expect(await chain(signalId)).toEqual(['sms pending', 'email pending']);
  await record(second?.id ?? '', 'delivered');
  await record(id, 'failed');
  expect(await fallBack(pool, 6, 100)).toEqual([]);
  expect(await chain(signalId)).toEqual(['sms failed', 'email delivered']);
});

test('one that is retried, or arrives, needs no other', async () => {
  const retried = await owe(60_000);
  await record(retried.id, 'pending');
  const arrived = await owe(0);
  await record(arrived.id, 'delivered');
  expect(await fallBack(pool, 6, 100)).toEqual([]);
});

test('many workers that look at once try each next channel once', async () => {
  const owed = await Promise.all(Array.from({ length: 20 }, () => owe(0)));
  const tried = await Promise.all(Array.from({ length: 5 }, () => fallBack(pool, 6, 7)));
  const rest = await fallBack(pool, 6, 100);
  expect(
    [...tried.flat(), ...rest].filter(({ channel }) => channel === 'email').length,
  ).toBeGreaterThanOrEqual(20);
  for (const { signalId } of owed) {
    const channels = (await chain(signalId)) ?? [];
    expect(new Set(channels).size).toBe(channels.length);
  }
});

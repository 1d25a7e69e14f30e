import { newId } from '@signalbox/domain';
import {
  addPartner,
  addSubscription,
  allSubscriptions,
  changeSubscription,
  connect,
  findPartner,
  findSubscriptions,
  newestPartners,
  newestSubscriptions,
  type Pool,
  removePartner,
  removeSubscription,
  renamePartner,
  rotateSecret,
  type SecretKind,
  type StoredSubscription,
  type SubscriptionFields,
  subscriptionsState,
} from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

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

const url = 'https://receiver.example/hook';
const everything = {
  url: `${url}?all=1`,
  allowHttp: true,
  description: 'Orders, for the warehouse',
  eventTypes: ['order.*', 'with "quotes", and {braces}'],
  filter: { z: 1, a: { $in: ['\0', '\ud800', '店', null] }, '1': true },
  transform: { rename: { b: 'a', a: 'c' } },
  rateLimit: { limit: 10, periodSeconds: 60 },
  maxInFlight: 3,
  timeoutMs: 5_000,
  retrySchedule: [1_000, 86_400_000],
  headers: { 'x-key': '"{}"', authorization: 'Bearer x' },
  hubSignature: true,
  enabled: false,
  disabledReason: 'gone' as const,
  failingSince: new Date('2024-01-15T10:40:00Z'),
};

const sealedIn = (text: string) => Buffer.from(`sealed ${text} \0\xff`, 'latin1');

async function newPartner(): Promise<string> {
  return (await addPartner(pool, { id: newId(), name: 'Acme' })).id;
}

async function newSubscription(fields: SubscriptionFields = {}): Promise<StoredSubscription> {
  const secrets = [{ kind: 'signing' as const, sealed: sealedIn('first') }];
  const added = await addSubscription(pool, { ...fields, id: newId(), url: fields.url ?? url }, secrets);
  return saved(added);
}

/** One that was not changed for long, so that a change shows however quick we are. */
async function longUnchanged(): Promise<StoredSubscription> {
  const { id } = await newSubscription();
  await pool.query(`update subscriptions set updated_at = '2024-01-01' where id = $1`, [id]);
  return find(id);
}

function saved(result: Awaited<ReturnType<typeof addSubscription>>): StoredSubscription {
  if (result.type !== 'saved') throw new Error(result.type);
  return result.subscription;
}

async function find(id: string): Promise<StoredSubscription> {
  const [subscription] = await findSubscriptions(pool, [id]);
  if (!subscription) throw new Error(`there is no subscription ${id}`);
  return subscription;
}

describe('a partner', () => {
  test('is added, found, renamed and removed', async () => {
    const partner = await addPartner(pool, { id: newId(), name: 'Acme' });
    expect(partner).toEqual({
      id: partner.id,
      name: 'Acme',
      created_at: expect.any(Date),
      updated_at: partner.created_at,
    });
    expect(await findPartner(pool, partner.id)).toEqual(partner);
    await pool.query(`update partners set updated_at = '2024-01-01' where id = $1`, [partner.id]);
    const renamed = await renamePartner(pool, partner.id, 'Zoë 店');
    expect(renamed).toEqual({ ...partner, name: 'Zoë 店', updated_at: expect.any(Date) });
    expect(renamed?.updated_at.getFullYear()).not.toBe(2024);
    expect(await removePartner(pool, partner.id)).toBe('removed');
    expect(await findPartner(pool, partner.id)).toBeNull();
    expect(await renamePartner(pool, partner.id, 'x')).toBeNull();
    expect(await removePartner(pool, partner.id)).toBe('unknown-partner');
  });

  test('with subscriptions stays until they are gone', async () => {
    const partnerId = await newPartner();
    const { id } = await newSubscription({ partnerId });
    expect(await removePartner(pool, partnerId)).toBe('has-subscriptions');
    expect(await findPartner(pool, partnerId)).not.toBeNull();
    await removeSubscription(pool, id);
    expect(await removePartner(pool, partnerId)).toBe('removed');
  });

  test('removed while given a subscription ends in one of the two, never in an error', async () => {
    const other = await newSubscription();
    for (let time = 0; time < 30; time += 1) {
      const partnerId = await newPartner();
      const id = newId();
      const [added, removed] = await Promise.all([
        time % 2
          ? addSubscription(pool, { id, url, partnerId }, [])
          : changeSubscription(pool, other.id, { partnerId }),
        removePartner(pool, partnerId),
      ]);
      const outcome = `${added.type}, ${removed}`;
      expect(['saved, has-subscriptions', 'unknown-partner, removed']).toContain(outcome);
      await changeSubscription(pool, other.id, { partnerId: null });
    }
  });

  test('stands in a list, newest first, whose pages meet without a gap', async () => {
    const ids = [await newPartner(), await newPartner(), await newPartner()];
    const first = await newestPartners(pool, 2, null);
    const second = await newestPartners(pool, 1, ids[1] as string);
    expect([...first, ...second].map(({ id }) => id)).toEqual(ids.toReversed());
  });
});

describe('a subscription', () => {
  test('of which only the URL is told has the defaults of the table', async () => {
    const id = newId();
    const subscription = saved(await addSubscription(pool, { id, url }, []));
    expect(subscription).toEqual({
      id,
      partnerId: null,
      url,
      allowHttp: false,
      description: null,
      eventTypes: [],
      filter: null,
      transform: null,
      rateLimit: null,
      maxInFlight: 10,
      timeoutMs: 10_000,
      retrySchedule: null,
      headers: {},
      sealedHeaders: null,
      hubSignature: false,
      enabled: true,
      disabledReason: null,
      failingSince: null,
      createdAt: expect.any(Date),
      updatedAt: subscription.createdAt,
      sealedSecrets: [],
    });
    expect(await find(id)).toEqual(subscription);
  });

  test('comes back as told, member for member, with its secrets', async () => {
    const partnerId = await newPartner();
    const secrets = (['signing', 'ingest'] as const).map((kind) => ({ kind, sealed: sealedIn(kind) }));
    const id = newId();
    const added = saved(await addSubscription(pool, { id, ...everything, partnerId }, secrets));
    expect(added).toMatchObject({ ...everything, partnerId });
    expect(JSON.stringify(added.filter)).toBe(JSON.stringify(everything.filter));
    expect(JSON.stringify(added.transform)).toBe(JSON.stringify(everything.transform));
    expect(added.sealedSecrets).toEqual(
      secrets.toReversed().map((secret) => ({ ...secret, expiresAt: null })),
    );
  });

  test.each([
    ...Object.entries(everything)
      .filter(([field]) => field !== 'enabled' && field !== 'disabledReason')
      .map(([field, value]) => ({ [field]: value })),
    { enabled: false, disabledReason: 'failing' as const },
    {},
  ])('changed by %j is changed in nothing else', async (change: SubscriptionFields) => {
    const before = await longUnchanged();
    const after = saved(await changeSubscription(pool, before.id, change));
    expect(after).toEqual({ ...before, ...change, updatedAt: expect.any(Date) });
    expect(after.updatedAt).not.toEqual(before.updatedAt);
  });

  test.each(['description', 'filter', 'transform', 'rateLimit', 'retrySchedule', 'failingSince'])(
    'may lose its %s again',
    async (field) => {
      const { id } = await newSubscription(everything);
      expect(await changeSubscription(pool, id, { [field]: null })).toMatchObject({
        subscription: { ...everything, [field]: null },
      });
    },
  );

  test('two changes at once to different fields both hold', async () => {
    const { id } = await newSubscription();
    for (let time = 0; time < 20; time += 1) {
      const told = { description: `time ${time}`, maxInFlight: time + 1 };
      const { description, maxInFlight } = told;
      await Promise.all([
        changeSubscription(pool, id, { description }),
        changeSubscription(pool, id, { maxInFlight }),
      ]);
      expect(await find(id)).toMatchObject(told);
    }
  });

  test('is enabled or has a reason not to be, never both or neither', async () => {
    const { id } = await newSubscription();
    await expect(changeSubscription(pool, id, { enabled: false })).rejects.toThrow('check constraint');
    await expect(changeSubscription(pool, id, { disabledReason: 'gone' })).rejects.toThrow(
      'check constraint',
    );
  });

  test('needs a partner that exists, where one is told', async () => {
    const partnerId = newId();
    const { id } = await newSubscription();
    const unknown = { type: 'unknown-partner' };
    expect(await addSubscription(pool, { id: newId(), url, partnerId }, [])).toEqual(unknown);
    expect(await changeSubscription(pool, id, { partnerId, url: 'https://else.example' })).toEqual(unknown);
    expect(await find(id)).toMatchObject({ partnerId: null, url });
  });

  test('that is removed is gone with its secrets', async () => {
    const { id } = await newSubscription();
    expect(await removeSubscription(pool, id)).toBe(true);
    expect(await removeSubscription(pool, id)).toBe(false);
    expect(await findSubscriptions(pool, [id])).toEqual([null]);
    expect(await changeSubscription(pool, id, {})).toEqual({ type: 'unknown-subscription' });
    expect(await rotate(id, 'signing', 'x', 1)).toBe('unknown-subscription');
    const { rowCount } = await pool.query('select from subscription_secrets where subscription_id = $1', [
      id,
    ]);
    expect(rowCount).toBe(0);
  });
});

describe('subscriptions', () => {
  test('are found in the order asked, null where there is none', async () => {
    const [one, two] = [await newSubscription(), await newSubscription(everything)];
    expect(await findSubscriptions(pool, [two.id, newId(), one.id])).toEqual([two, null, one]);
    expect(await findSubscriptions(pool, [])).toEqual([]);
  });

  test('are all loaded, the disabled ones too, the oldest first', async () => {
    const made = [await newSubscription(), await newSubscription(everything), await newSubscription()];
    expect((await allSubscriptions(pool)).slice(-3)).toEqual(made);
  });

  test('are listed newest first by partner and by whether they are enabled, in pages without a gap', async () => {
    const partnerId = await newPartner();
    const made: string[] = [];
    for (const fields of [{}, everything, {}, everything, {}])
      made.push((await newSubscription({ ...fields, partnerId })).id);
    const [a, b, c, d, e] = made as [string, string, string, string, string];
    await newSubscription();
    const list = async (enabled: boolean | null, limit: number, before: string | null) =>
      (await newestSubscriptions(pool, { partnerId, enabled }, limit, before)).map(({ id }) => id);
    expect(await list(null, 10, null)).toEqual([e, d, c, b, a]);
    expect(await list(false, 10, null)).toEqual([d, b]);
    expect(await list(true, 2, null)).toEqual([e, c]);
    expect(await list(true, 2, c)).toEqual([a]);
    const ofAnybody = await newestSubscriptions(pool, { partnerId: null, enabled: null }, 500, null);
    expect(ofAnybody.map(({ id }) => id)).toEqual(expect.arrayContaining(made));
    expect(ofAnybody[0]).toEqual(await find(ofAnybody[0]?.id as string));
  });
});

describe('the state of all subscriptions', () => {
  test('is another after every change, and the same without one', async () => {
    const seen = [await subscriptionsState(pool)];
    const { id } = await newSubscription();
    for (const change of [
      () => changeSubscription(pool, id, { maxInFlight: 2 }),
      () => rotate(id, 'ingest', 'door', 0),
      () => newSubscription(),
      () => removeSubscription(pool, id),
    ]) {
      seen.push(await subscriptionsState(pool));
      expect(await subscriptionsState(pool)).toBe(seen.at(-1));
      await change();
    }
    seen.push(await subscriptionsState(pool));
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('is another after a change that began first and was committed last', async () => {
    const [slow, quick] = [await newSubscription(), await newSubscription()];
    const client = await pool.connect();
    await client.query('begin');
    await client.query('update subscriptions set max_in_flight = 2, updated_at = now() where id = $1', [
      slow.id,
    ]);
    await changeSubscription(pool, quick.id, { maxInFlight: 2 });
    const before = await subscriptionsState(pool);
    await client.query('commit');
    client.release();
    expect(await subscriptionsState(pool)).not.toBe(before);
  });
});

describe('a secret', () => {
  test('that is rotated overlaps with the next, which comes first, until it expires', async () => {
    const { id, updatedAt } = await longUnchanged();
    const before = Date.now();
    expect(await rotate(id, 'signing', 'second', 60)).toBe('rotated');
    const { sealedSecrets: secrets, updatedAt: after } = await find(id);
    expect(secrets).toEqual([
      { kind: 'signing', sealed: sealedIn('second'), expiresAt: null },
      { kind: 'signing', sealed: sealedIn('first'), expiresAt: expect.any(Date) },
    ]);
    const left = Number(secrets[1]?.expiresAt) - before;
    expect(left).toBeGreaterThan(55_000);
    expect(left).toBeLessThan(65_000);
    expect(after).not.toEqual(updatedAt);
    await expire(id);
    expect(await inForce(id)).toEqual(['second']);
  });

  test('of the other kind is left alone', async () => {
    const { id } = await newSubscription();
    await rotate(id, 'ingest', 'door', 0);
    await rotate(id, 'ingest', 'new door', 0);
    expect(await inForce(id)).toEqual(['new door', 'first']);
  });

  test('expires no later than it was to by a rotation that follows, and is forgotten then', async () => {
    const { id } = await newSubscription();
    await rotate(id, 'signing', 'second', 60);
    const expiresAt = (await find(id)).sealedSecrets[1]?.expiresAt;
    await rotate(id, 'signing', 'third', 600);
    expect((await find(id)).sealedSecrets[2]?.expiresAt).toEqual(expiresAt);
    await expire(id);
    await rotate(id, 'signing', 'fourth', 60);
    const { rowCount } = await pool.query('select from subscription_secrets where subscription_id = $1', [
      id,
    ]);
    expect(rowCount).toBe(2);
  });

  test('without overlap ends all before it at once', async () => {
    const { id } = await newSubscription();
    await rotate(id, 'signing', 'second', 60);
    await rotate(id, 'signing', 'third', 0);
    expect(await inForce(id)).toEqual(['third']);
  });

  test('may end without one that follows', async () => {
    const { id } = await newSubscription();
    await rotate(id, 'ingest', 'door', 0);
    expect(await rotateSecret(pool, id, 'ingest', null, 0)).toBe('rotated');
    expect(await inForce(id)).toEqual(['first']);
  });

  test('rotated twice at once leaves one that never expires', async () => {
    for (let time = 0; time < 20; time += 1) {
      const { id } = await newSubscription();
      await Promise.all(['a', 'b', 'c', 'd'].map((text) => rotate(id, 'signing', text, 60)));
      const { sealedSecrets } = await find(id);
      const forEver = sealedSecrets.map(({ expiresAt }) => expiresAt === null);
      expect(forEver).toEqual([true, false, false, false, false]);
    }
  });

  test('has at most ten in force; without overlap there is always room', async () => {
    const { id } = await newSubscription();
    for (let time = 2; time <= 10; time += 1) expect(await rotate(id, 'signing', 'x', 60)).toBe('rotated');
    const before = await find(id);
    expect(await rotate(id, 'signing', 'x', 60)).toBe('too-many');
    expect(await find(id)).toEqual(before);
    expect(await rotate(id, 'signing', 'last', 0)).toBe('rotated');
    expect(await inForce(id)).toEqual(['last']);
  });

  async function inForce(id: string): Promise<string[]> {
    const { sealedSecrets } = await find(id);
    return sealedSecrets.map(({ sealed }) => sealed.toString('latin1').slice('sealed '.length, -3));
  }

  /** Lets the time pass that those which overlap have left. */
  async function expire(id: string): Promise<void> {
    await pool.query(
      `update subscription_secrets set expires_at = now() - interval '1 ms'
       where subscription_id = $1 and expires_at is not null`,
      [id],
    );
  }
});

function rotate(id: string, kind: SecretKind, text: string, overlapSeconds: number) {
  return rotateSecret(pool, id, kind, sealedIn(text), overlapSeconds);
}

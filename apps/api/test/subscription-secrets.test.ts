import { randomBytes, randomUUID } from 'node:crypto';
import { createEnvelope, encryptionKeys } from '@signalbox/domain';
import { findSubscriptions } from '@signalbox/postgres';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
const key = randomBytes(32).toString('base64');
const envelope = createEnvelope(encryptionKeys(true).parse(key));
/** Everything any request was answered. */
const answers: string[] = [];

beforeAll(async () => {
  api = await startApi({ ENCRYPTION_KEY: key });
});

afterAll(() => api.stop());

async function call(method: 'get' | 'post' | 'patch', path: string, body?: object) {
  const answer = await request(api.url)[method](path).send(body);
  answers.push(answer.text);
  return answer;
}

const url = 'https://receiver.example/hook';
const generated = /^whsec_[A-Za-z0-9+/]{43}=$/;
const given = () => `whsec_${randomBytes(32).toString('base64')}`;

async function newSubscription(secrets: object = {}) {
  const { status, body } = await call('post', '/subscriptions', { url, ...secrets });
  expect(status).toBe(201);
  return body;
}

const rotate = (id: string, body: object = {}) => call('post', `/subscriptions/${id}/rotate-secret`, body);

async function inForce(id: string) {
  const [subscription] = await findSubscriptions(api.pool, [id]);
  return (subscription?.sealedSecrets ?? []).map(({ kind, sealed, expiresAt }) => ({
    kind,
    secret: envelope.open(sealed, id),
    expiresAt,
  }));
}

describe('the signing secret', () => {
  test.each([{}, { secret: 'generate' }])('%j makes one, 32 random bytes', async (secrets) => {
    const [one, two] = [await newSubscription(secrets), await newSubscription(secrets)];
    expect(one.secret).toMatch(generated);
    expect(two.secret).not.toBe(one.secret);
    expect(await inForce(one.id)).toEqual([{ kind: 'signing', secret: one.secret, expiresAt: null }]);
  });

  test.each([24, 64])('may be given, of %d bytes', async (size) => {
    const secret = `whsec_${randomBytes(size).toString('base64')}`;
    const made = await newSubscription({ secret });
    expect(made.secret).toBe(secret);
    expect(await inForce(made.id)).toMatchObject([{ secret }]);
  });

  test('is rotated with an overlap of a day, which the subscription shows', async () => {
    const { id, secret: old } = await newSubscription();
    const { status, body } = await rotate(id.toUpperCase());
    expect([status, body]).toEqual([200, { secret: expect.stringMatching(generated) }]);
    const [next, before] = await inForce(id);
    expect(next).toEqual({ kind: 'signing', secret: body.secret, expiresAt: null });
    expect(before).toMatchObject({ kind: 'signing', secret: old });
    expect(Math.abs(Number(before?.expiresAt) - Date.now() - 86_400_000)).toBeLessThan(60_000);
    const { body: shown } = await call('get', `/subscriptions/${id}`);
    expect(shown.secret_expires_at).toBe(before?.expiresAt?.toISOString());
  });

  test('is rotated to one that is given, without overlap where none is wanted', async () => {
    const { id } = await newSubscription();
    const secret = given();
    const { body } = await rotate(id, { kind: 'signing', secret, overlap_seconds: 0 });
    expect(body).toEqual({ secret });
    expect(await inForce(id)).toEqual([{ kind: 'signing', secret, expiresAt: null }]);
    expect((await call('get', `/subscriptions/${id}`)).body.secret_expires_at).toBeNull();
  });

  test('may overlap with nine others, no more', async () => {
    const { id } = await newSubscription();
    for (let time = 0; time < 9; time += 1) expect((await rotate(id)).status).toBe(200);
    const { status, body } = await rotate(id);
    expect([status, body.reason]).toEqual([409, 'too_many_secrets']);
    expect((await rotate(id, { overlap_seconds: 0 })).status).toBe(200);
  });
});

describe('the ingest secret', () => {
  test('is none unless asked for', async () => {
    for (const secrets of [{}, { ingest_secret: null }]) {
      const made = await newSubscription(secrets);
      expect(made).toMatchObject({ ingest_secret: null, has_ingest_secret: false });
      expect(await inForce(made.id)).toHaveLength(1);
    }
  });

  test.each(['x'.repeat(16), 'x'.repeat(200), "It's a Secret to Everybody", 'ключ от входной двери'])(
    'may be any text: %s',
    async (ingest_secret) => {
      const made = await newSubscription({ ingest_secret });
      expect(made).toMatchObject({ ingest_secret, has_ingest_secret: true, secret_expires_at: null });
      expect(await inForce(made.id)).toMatchObject([{ kind: 'ingest', secret: ingest_secret }, {}]);
    },
  );

  test('is generated, rotated by its kind, and given up', async () => {
    const { id, ingest_secret, secret } = await newSubscription({ ingest_secret: 'generate' });
    expect(ingest_secret).toMatch(/^ingest_[\w-]{43}$/);
    const { body: rotated } = await rotate(id, { kind: 'ingest', overlap_seconds: 60 });
    expect(rotated.secret).toMatch(/^ingest_[\w-]{43}$/);
    expect((await inForce(id)).map((kept) => kept.secret)).toEqual([rotated.secret, ingest_secret, secret]);
    const { body: shown } = await call('get', `/subscriptions/${id}`);
    expect(shown).toMatchObject({ has_ingest_secret: true, secret_expires_at: null });

    expect((await rotate(id, { kind: 'ingest', secret: null })).body).toEqual({ secret: null });
    expect((await inForce(id)).map((kept) => kept.secret)).toEqual([secret]);
    expect((await call('get', `/subscriptions/${id}`)).body.has_ingest_secret).toBe(false);
  });
});

describe('is refused, and told what would be right:', () => {
  const short = `whsec_${randomBytes(23).toString('base64')}`;
  const long = `whsec_${randomBytes(65).toString('base64')}`;
  test.each<[string, object, string]>([
    ['a signing secret of 23 bytes', { secret: short }, 'secret'],
    ['one of 65', { secret: long }, 'secret'],
    ['one without its prefix', { secret: randomBytes(32).toString('base64') }, 'secret'],
    ['one that is no base64', { secret: `${given().slice(0, -3)}!?=` }, 'secret'],
    ['none', { secret: null }, 'secret'],
    ['an ingest secret of 15 characters', { ingest_secret: 'correct-horse-b' }, 'ingest_secret'],
    ['one of 201', { ingest_secret: 'correct-horse'.padEnd(201, 'x') }, 'ingest_secret'],
    ['one with a line break', { ingest_secret: 'correct-horse-battery\n' }, 'ingest_secret'],
  ])('%s', async (_, wrong, path) => {
    const { status, body } = await call('post', '/subscriptions', { url, ...wrong });
    const errors = [{ path, message: expect.stringContaining('must be "generate", ') }];
    expect([status, body.errors]).toEqual([422, errors]);
    const told = Object.values(wrong)[0];
    if (told) expect(JSON.stringify(body)).not.toContain(told.slice(0, 13));
  });

  test.each<[string, object, string]>([
    ['another kind', { kind: 'both' }, 'kind'],
    ['a week and a second', { overlap_seconds: 604_801 }, 'overlap_seconds'],
    ['less than nothing', { overlap_seconds: -1 }, 'overlap_seconds'],
    ['no signing secret', { secret: null }, 'secret'],
    ['an ingest secret for signing', { secret: 'correct-horse-battery' }, 'secret'],
    ['a short ingest secret', { kind: 'ingest', secret: 'short' }, 'secret'],
    ['an overlap with nothing', { kind: 'ingest', secret: null, overlap_seconds: 1 }, 'overlap_seconds'],
    ['a misspelt field', { overlap: 1 }, 'overlap'],
  ])('rotation with %s', async (_, wrong, path) => {
    const { id } = await newSubscription();
    const before = await inForce(id);
    const { status, body } = await rotate(id, wrong);
    expect([status, body.errors]).toEqual([422, [{ path, message: expect.any(String) }]]);
    expect(await inForce(id)).toEqual(before);
  });

  test.each(['secret', 'ingest_secret'])('a PATCH of %s', async (path) => {
    const { id } = await newSubscription();
    const before = await inForce(id);
    const { status, body } = await call('patch', `/subscriptions/${id}`, { [path]: given() });
    const message = 'is changed by POST /subscriptions/{id}/rotate-secret';
    expect([status, body.errors]).toEqual([422, [{ path, message }]]);
    expect(await inForce(id)).toEqual(before);
  });
});

test('a secret is shown once, kept sealed, and stands in no log', async () => {
  const [secret, next, ingest_secret] = [given(), given(), `door-${randomUUID()}`];
  const { id } = await newSubscription({ secret, ingest_secret });
  await call('get', `/subscriptions/${id}`);
  await call('get', '/subscriptions');
  await call('patch', `/subscriptions/${id}`, { description: 'x' });
  await rotate(id, { secret: next });
  await rotate(id, { secret: next, kind: 'signed' });
  await call('get', `/subscriptions/${id}`);
  await call('post', '/subscriptions', { url: 'wrong', secret, ingest_secret });
  await request(api.url)
    .post('/subscriptions')
    .set('content-type', 'application/json')
    .send(`{"secret":"${secret}"`);

  const { rows } = await api.pool.query('select * from subscription_secrets where subscription_id = $1', [
    id,
  ]);
  expect(rows.map(({ sealed }) => sealed[0])).toEqual([1, 1, 1]);
  const table = JSON.stringify(
    rows.map((row) => ({ ...row, sealed: (row.sealed as Buffer).toString('latin1') })),
  );
  for (const text of [secret, next, ingest_secret]) {
    expect(answers.filter((answer) => answer.includes(text))).toHaveLength(1);
    expect(JSON.stringify(api.lines)).not.toContain(text);
    expect(table).not.toContain(text.slice(6));
  }
  expect(JSON.stringify(api.lines)).toContain(`/subscriptions/${id}`);
});

import { randomBytes } from 'node:crypto';
import { createEnvelope, encryptionKeys, openHeaders } from '@signalbox/domain';
import { findSubscriptions } from '@signalbox/postgres';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
const key = randomBytes(32).toString('base64');
const envelope = createEnvelope(encryptionKeys(true).parse(key));

beforeAll(async () => {
  api = await startApi({ ENCRYPTION_KEY: key });
});

afterAll(() => api.stop());

const url = 'https://receiver.example/hook';
const post = (body: object) =>
  request(api.url)
    .post('/subscriptions')
    .send({ url, ...body });
const patch = (id: string, body: object) => request(api.url).patch(`/subscriptions/${id}`).send(body);

async function newSubscription(headers: object): Promise<string> {
  const { status, body } = await post({ headers });
  expect(status).toBe(201);
  return body.id;
}

/** What a webhook would be sent with. */
async function inForce(id: string) {
  const [subscription] = await findSubscriptions(api.pool, [id]);
  if (!subscription) throw new Error(`no subscription ${id}`);
  return openHeaders(envelope, subscription, id);
}

test('are shown by their names, and kept encrypted', async () => {
  const { body } = await post({ headers: { Authorization: 'Bearer opensesame', 'x-team': 'blue' } });
  expect(body.headers).toEqual({ authorization: '***', 'x-team': '***' });
  expect(await inForce(body.id)).toEqual({ authorization: 'Bearer opensesame', 'x-team': 'blue' });
  const { rows } = await api.pool.query('select * from subscriptions where id = $1', [body.id]);
  const kept = JSON.stringify({ ...rows[0], sealed_headers: rows[0].sealed_headers.toString('latin1') });
  expect(kept).not.toContain('sesame');
});

test('what is written back as it was read loses no value', async () => {
  const id = await newSubscription({ authorization: 'Bearer one', 'x-a': 'a', 'x-b': 'b' });
  const { body: read } = await request(api.url).get(`/subscriptions/${id}`);
  const { 'x-b': _, ...headers } = read.headers;
  const changed = await patch(id, { headers: { ...headers, 'x-a': 'new', 'x-c': 'c' } });
  expect([changed.status, changed.body.headers]).toEqual([
    200,
    { authorization: '***', 'x-a': '***', 'x-c': '***' },
  ]);
  expect(await inForce(id)).toEqual({ authorization: 'Bearer one', 'x-a': 'new', 'x-c': 'c' });
});

test('stay when nothing is said of them, and go when none are left', async () => {
  const id = await newSubscription({ authorization: 'Bearer one' });
  await patch(id, { description: 'x' });
  expect(await inForce(id)).toEqual({ authorization: 'Bearer one' });
  expect((await patch(id, { headers: {} })).body.headers).toEqual({});
  const [subscription] = await findSubscriptions(api.pool, [id]);
  expect(subscription?.sealedHeaders).toBeNull();
});

test('two changes at once lose nothing of each other', async () => {
  const id = await newSubscription({ 'x-a': 'a', 'x-b': 'b' });
  await Promise.all([
    patch(id, { headers: { 'x-a': 'new a', 'x-b': '***' } }),
    patch(id, { headers: { 'x-a': '***', 'x-b': 'new b' } }),
  ]);
  expect(await inForce(id)).toEqual({ 'x-a': 'new a', 'x-b': 'new b' });
});

test.each(['x-new', 'constructor'])('the mask alone is no value for %s', async (name) => {
  const told = { [name]: '***' };
  const id = await newSubscription({ authorization: 'Bearer one' });
  const path = `headers.${name}`;
  for (const { status, body } of [await post({ headers: told }), await patch(id, { headers: told })]) {
    expect([status, body.errors]).toEqual([
      422,
      [{ path, message: expect.stringContaining('no value yet') }],
    ]);
  }
  expect(await inForce(id)).toEqual({ authorization: 'Bearer one' });
});

test('under a key that is gone they must be told anew, and can be', async () => {
  const id = await newSubscription({ authorization: 'Bearer one' });
  const stranger = createEnvelope(encryptionKeys(true).parse(randomBytes(32).toString('base64')));
  await api.pool.query('update subscriptions set sealed_headers = $2 where id = $1', [
    id,
    stranger.seal('{}', `headers of subscription ${id}`),
  ]);
  expect((await request(api.url).get('/subscriptions')).status).toBe(200);
  const kept = await patch(id, { headers: { authorization: '***' } });
  expect([kept.status, kept.body.errors]).toMatchObject([422, [{ path: 'headers.authorization' }]]);
  expect((await patch(id, { headers: { authorization: 'Bearer two' } })).status).toBe(200);
  expect(await inForce(id)).toEqual({ authorization: 'Bearer two' });
});

test('those that were never encrypted are masked as well, and kept by the mask', async () => {
  const id = await newSubscription({});
  await api.pool.query(`update subscriptions set headers = '{"authorization":"Bearer old"}' where id = $1`, [
    id,
  ]);
  const { body } = await request(api.url).get(`/subscriptions/${id}`);
  expect(body.headers).toEqual({ authorization: '***' });
  await patch(id, { headers: body.headers });
  expect(await inForce(id)).toEqual({ authorization: 'Bearer old' });
  const { rows } = await api.pool.query('select headers from subscriptions where id = $1', [id]);
  expect(rows).toEqual([{ headers: { authorization: '***' } }]);
});

import { createHmac, randomBytes } from 'node:crypto';
import { createEnvelope, encryptionKeys } from '@signalbox/domain';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

const secret = 'a-secret-of-the-door';
const stranger = createEnvelope(encryptionKeys(true).parse(randomBytes(32).toString('base64')));

async function newSubscription(): Promise<string> {
  const { status, body } = await request(api.url)
    .post('/subscriptions')
    .send({ url: 'https://receiver.example/hook', ingest_secret: secret });
  expect(status).toBe(201);
  return body.id;
}

/** As if its key had been dropped from ENCRYPTION_KEY before everything was encrypted anew. */
async function lose(id: string): Promise<void> {
  await api.pool.query('update subscription_secrets set sealed = $2 where subscription_id = $1', [
    id,
    stranger.seal(secret, id),
  ]);
  await api.pool.query('update subscriptions set updated_at = now() where id = $1', [id]);
}

function send(id: string) {
  const signature = createHmac('sha256', secret).update('{}').digest('hex');
  return request(api.url)
    .post(`/ingest/${id}`)
    .set('content-type', 'application/json')
    .set('x-hub-signature-256', `sha256=${signature}`)
    .send('{}');
}

test('a door whose secret cannot be opened says so and keeps nothing; the others work', async () => {
  const [lost, kept] = [await newSubscription(), await newSubscription()];
  await lose(lost);
  for (let time = 0; time < 3; time += 1) {
    const { status, body, headers } = await send(lost);
    expect([status, body.reason, headers['retry-after']]).toEqual([503, 'secret_unavailable', '5']);
    expect(body.detail).toContain('cannot be decrypted');
  }
  expect((await send(kept)).status).toBe(202);
  const { rows } = await api.pool.query('select count(*)::int as kept from signals');
  expect(rows).toEqual([{ kept: 1 }]);
});

test('it is listed as before, and takes what is published: that needs no secret', async () => {
  const [lost, kept] = [await newSubscription(), await newSubscription()];
  await lose(lost);
  const { status, body } = await request(api.url).get('/subscriptions');
  expect(status).toBe(200);
  const ids = body.data.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(expect.arrayContaining([lost, kept]));
  const published = await request(api.url).post('/events').send({ type: 'order.created', data: {} });
  expect([published.status, published.body.deliveries]).toEqual([202, ids.length]);
});

test('the log says it loudly, and not for every request', () => {
  const said = api.lines.filter(({ msg }) => msg === 'secret.unavailable');
  expect(said).toMatchObject([{ level: 'error', err: { message: expect.stringContaining('not given') } }]);
  expect(api.lines.filter(({ reason }) => reason === 'secret_unavailable')).toHaveLength(3);
});

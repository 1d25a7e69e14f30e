import { connectCommands, type Redis } from '@signalbox/redis';
import { type TestRedis, testRedis } from '@signalbox/redis/testing';
import { parseExposition, sampleOf } from '@signalbox/runtime/testing';
import request from 'supertest';
import { createRateLimit, tellRedis } from '../src/rate-limit.js';
import { type RunningApi, startApi } from './running-api.js';

let shared: TestRedis;
let redis: Redis;

beforeAll(async () => {
  shared = await testRedis();
  redis = connectCommands(shared.url, () => undefined);
  await until(() => redis.status === 'ready');
});

afterAll(async () => {
  redis.disconnect();
  await shared.drop();
});

/** Waits for what is the case in a moment. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const untilCounted = (sender: string, count: number) =>
  until(async () => (await redis.get(`ingest-rate:${sender}`)) === String(count));

test('a window ends, for all processes at once', async () => {
  const options = { limit: 4, windowMs: 1_000 };
  const listeners = {
    onRefused: () => undefined,
    onError: (error: unknown) => {
      throw error;
    },
  };
  const [here, there] = [1, 2].map(() => createRateLimit(options, tellRedis(redis, options), listeners));
  if (!here || !there) throw new Error('there are two');
  expect([here('a'), here('a'), there('a'), there('a')]).toEqual([0, 0, 0, 0]);
  await untilCounted('a', 4);
  await until(() => here('a') > 0 && there('a') > 0);
  const waits = [here('a'), there('a')];
  for (const wait of waits) expect(wait).toBeLessThanOrEqual(1_000);
  await until(() => here('a') === 0);
});

describe('two APIs', () => {
  let apis: [RunningApi, RunningApi];

  beforeAll(async () => {
    const env = { REDIS_URL: shared.url, INGEST_RATE_LIMIT: '20', TRUST_PROXY: '1' };
    apis = await Promise.all([startApi(env), startApi(env)]);
  });

  afterAll(() => Promise.all(apis.map((api) => api.stop())));

  const send = (api: RunningApi, from: string) =>
    request(api.url).post('/events').set('x-forwarded-for', from).send({ type: 'a.b', data: 1 });

  async function statuses(api: RunningApi, from: string, times: number): Promise<number[]> {
    const answers: number[] = [];
    for (let i = 0; i < times; i++) answers.push((await send(api, from)).status);
    return answers;
  }

  test('share one limit, and say when to come back', async () => {
    const [first, second] = apis;
    const sender = '192.0.2.1';
    expect(new Set(await statuses(first, sender, 12))).toEqual(new Set([202]));
    await untilCounted(sender, 12);
    expect(await statuses(second, sender, 1)).toEqual([202]);
    await untilCounted(sender, 13);
    const answers = await statuses(second, sender, 12);
    expect(answers.filter((status) => status === 202)).toHaveLength(7);

    const { status, body, headers } = await send(second, sender);
    expect([status, body.reason]).toEqual([429, 'rate_limited']);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
    expect(await statuses(second, '192.0.2.2', 1)).toEqual([202]);
  });

  test('keep nothing of what they refuse, and count it', async () => {
    const [api] = apis;
    const answers = await statuses(api, '192.0.2.3', 21);
    expect(answers.at(-1)).toBe(429);
    const { rows } = await api.pool.query<{ count: string }>(
      `select (select count(*) from signals) + (select count(*) from rejected_inbound) as count`,
    );
    const { text } = await request(api.url).get('/metrics');
    const metrics = parseExposition(text);
    const labels = { source: 'events', outcome: 'rejected', reason: 'rate_limited' };
    expect(sampleOf(metrics, 'signalbox_signals_received_total', labels)).toBeGreaterThan(0);
    expect(api.lines).toContainEqual(
      expect.objectContaining({ msg: 'rate_limit.sender_refused', sender: '192.0.2.3' }),
    );
    // The 12 of the test before, and these.
    expect(rows[0]?.count).toBe('32');
  });

  test('know the sender of a webhook by its subscription', async () => {
    const [api] = apis;
    const knock = (id: string) => request(api.url).post(`/ingest/${id}`).send({});
    const id = '0191c0de-0000-7000-8000-00000000000a';
    for (let i = 0; i < 20; i++) expect((await knock(id)).status).toBe(404);
    expect((await knock(id.toUpperCase())).status).toBe(429);
    expect((await knock('0191c0de-0000-7000-8000-00000000000b')).status).toBe(404);
  });
});

describe.each([
  ['without Redis', { REDIS_URL: 'redis://127.0.0.1:1' }],
  ['that trusts no proxy', {}],
])('an API %s', (_, env) => {
  test('holds the limit by itself, whatever is said of the address', async () => {
    const api = await startApi({ ...env, INGEST_RATE_LIMIT: '3' });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { status } = await request(api.url)
        .post('/webhooks/alerts')
        .set('x-forwarded-for', `192.0.2.${i}`)
        .send({});
      statuses.push(status);
    }
    await api.stop();
    expect(statuses).toEqual([400, 400, 400, 429, 429]);
  });
});

test('without a limit nobody is refused', async () => {
  const api = await startApi({ INGEST_RATE_LIMIT: '0' });
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async () => (await request(api.url).post('/webhooks/alerts').send({})).status),
  );
  await api.stop();
  expect(new Set(statuses)).toEqual(new Set([400]));
});

import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { addStore, type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

afterEach(() => api.stop());

function postAlert(body: object) {
  return request(api.url).post('/webhooks/alerts/').send(body);
}

function alert(location: string) {
  const alert_uuid = randomUUID();
  return { url: 'https://example.com/c.mp4', location, alert_uuid, label: 'theft', time_spotted: 1 };
}

test('without Redis: still 202, still deduped, everything owed is on record, and /readyz says what is away', async () => {
  api = await startApi({ REDIS_URL: 'redis://127.0.0.1:1' });
  await addStore(api.pool, 'here', [{ preference: 'both' }]);
  const body = alert('here');
  expect((await postAlert(body)).status).toBe(202);
  expect((await postAlert(body)).body).toEqual({ received: true, deduped: true });
  const { rows } = await api.pool.query('select status from deliveries');
  expect(rows).toEqual([{ status: 'pending' }]);
  expect(api.lines.find(({ msg }) => msg === 'signal.received')).toMatchObject({
    outcome: 'accepted',
    enqueued: false,
  });

  const ready = await request(api.url).get('/readyz');
  expect([ready.status, ready.body]).toEqual([200, { ok: true, postgres: true, redis: false, workers: 0 }]);
  expect((await request(api.url).get('/healthz')).body).toEqual({ ok: true });
});

test('without Postgres: 503 with Retry-After, the claim is released, and /readyz is not ready', async () => {
  api = await startApi({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  for (let time = 0; time < 2; time += 1) {
    const answer = await postAlert(alert('here'));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.body).toMatchObject({ status: 503, reason: 'unavailable' });
  }
  expect(await api.redis.keys('*claims*')).toEqual([]);
  const read = await request(api.url).get('/events');
  expect([read.status, read.body.reason]).toEqual([503, 'unavailable']);
  const ready = await request(api.url).get('/readyz');
  expect([ready.status, ready.body]).toEqual([503, { ok: false, postgres: false, redis: true, workers: 0 }]);
  expect((await request(api.url).get('/healthz')).body).toEqual({ ok: true });
});

test('an unknown label is not answered 400 while it cannot be kept', async () => {
  api = await startApi({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  expect((await postAlert({ ...alert('here'), label: 'arson' })).status).toBe(503);
});

test('a signal whose storing failed is new when it is sent again: its claim was released', async () => {
  api = await startApi();
  const body = alert('here');
  await api.pool.query('alter table signals rename to signals_away');
  const failed = await postAlert(body);
  expect(failed.status).toBe(500);
  expect(JSON.stringify(failed.body)).not.toContain('signals');
  await api.pool.query('alter table signals_away rename to signals');
  expect((await postAlert(body)).status).toBe(202);
});

test('a Redis that holds the claims of another database calls nothing seen', async () => {
  api = await startApi();
  const body = alert('here');
  expect((await postAlert(body)).status).toBe(202);
  const first = api;
  api = await startApi({
    REDIS_URL: `redis://${first.redis.options.host}:${first.redis.options.port}/${first.redis.options.db}`,
  });
  expect((await postAlert(body)).status).toBe(202);
  await first.stop();
});

import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { channelNames } from '@signalbox/channels';
import { testRedis } from '@signalbox/redis/testing';
import { metrics } from '@signalbox/runtime';
import { type Family, namingLabels, parseExposition, sampleOf } from '@signalbox/runtime/testing';
import { sources } from '@signalbox/sources';
import request from 'supertest';
import { addStore, type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeEach(() => metrics.resetMetrics());

afterEach(() => api.stop());

async function scrape(): Promise<Map<string, Family>> {
  const answer = await fetch(`${api.url}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return parseExposition(await answer.text());
}

function alert(location: string) {
  const alert_uuid = randomUUID();
  return { url: 'https://example.com/c.mp4', location, alert_uuid, label: 'theft', time_spotted: 1 };
}

function post(path: string, body: string | object, headers: Record<string, string> = {}) {
  return request(api.url)
    .post(path)
    .set({ 'content-type': 'application/json', ...headers })
    .send(body);
}

test('what came in, by what became of it and why', async () => {
  api = await startApi();
  const alerts = '/webhooks/alerts/';
  const body = alert('nowhere');
  await post(alerts, body);
  await post(alerts, body);
  await post(alerts, body);
  await post(alerts, { ...alert('nowhere'), label: 'arson' });
  await post(alerts, '{"url":');
  await post(alerts, 'x'.repeat(2 ** 21));
  await post('/ingest/stripe', '{}', { 'stripe-signature': 't=1,v1=00' });
  await post(`/ingest/${randomUUID()}`, {});
  const { body: subscription } = await post('/subscriptions', { url: 'http://127.0.0.1:9/x' });
  await post(`/ingest/${subscription.id}`, 'y'.repeat(2 ** 21));
  await post('/events', { type: 'order.created', data: {} }, { 'idempotency-key': 'once' });
  await post('/events', { type: 'order.created', data: 1 }, { 'idempotency-key': 'once' });

  const families = await scrape();
  const received = (source: string, outcome: string, reason = 'none') =>
    sampleOf(families, 'signalbox_signals_received_total', { source, outcome, reason });
  expect({
    accepted: received('alerts', 'accepted'),
    deduped: received('alerts', 'deduped'),
    label: received('alerts', 'rejected', 'unknown_label'),
    json: received('alerts', 'rejected', 'invalid_json'),
    large: received('alerts', 'rejected', 'too_large'),
    signature: received('stripe', 'rejected', 'bad_signature'),
    unknown: received('webhook', 'rejected', 'not_found'),
    largeToo: received('webhook', 'rejected', 'too_large'),
    published: received('events', 'accepted'),
    reused: received('events', 'rejected', 'idempotency_key_reused'),
  }).toEqual({
    accepted: 1,
    deduped: 2,
    label: 1,
    json: 1,
    large: 1,
    signature: 1,
    unknown: 1,
    largeToo: 1,
    published: 1,
    reused: 1,
  });
  expect(families.get('signalbox_signals_received_total')?.samples).toHaveLength(10);
  expect(sampleOf(families, 'signalbox_unknown_store_alerts_total')).toBe(1);
  expect(sampleOf(families, 'signalbox_store_batch_size_sum')).toBe(2);
  expect(sampleOf(families, 'signalbox_store_duration_seconds_count')).toBe(2);
});

test('what the queues hold, and for how long it has been due', async () => {
  api = await startApi();
  await addStore(api.pool, 'here', [{ preference: 'both' }]);
  await post('/webhooks/alerts/', alert('here'));
  await post('/webhooks/alerts/', alert('here'));
  const families = await scrape();
  expect(sampleOf(families, 'signalbox_redis_up')).toBe(1);
  const queue = 'deliver-notification';
  for (const [state, count] of Object.entries({ waiting: 2, active: 0, delayed: 0, failed: 0 })) {
    expect(sampleOf(families, 'signalbox_queue_jobs', { queue, state })).toBe(count);
  }
  expect(sampleOf(families, 'signalbox_queue_oldest_due_seconds', { queue })).toBeGreaterThan(0);
  expect(sampleOf(families, 'signalbox_queue_oldest_due_seconds', { queue: 'deliver-webhook' })).toBe(0);
});

test('no label names anybody, whatever is sent, and ours come from closed lists', async () => {
  api = await startApi();
  const { body } = await post('/subscriptions', { url: 'http://user.example.com/secret' });
  const type = `https://evil.example/${randomUUID()}`;
  await post(`/ingest/${body.id}?event_type=${encodeURIComponent(type)}`, {});
  await post(`/ingest/${body.id}`, {}, { 'x-event-type': randomUUID() });
  await post('/events', { type, data: {}, id: randomUUID() }, { 'idempotency-key': type });
  await post('/webhooks/alerts/', { ...alert(type), label: randomUUID() });
  await post(`/ingest/${randomUUID()}`, {});
  await post(`/ingest/${type}`, {});
  const families = await scrape();
  expect(namingLabels(families)).toEqual([]);
  const lists: Record<string, readonly string[]> = {
    source: [...sources.map(({ name }) => name), 'webhook', 'events'],
    outcome: ['accepted', 'revised', 'deduped', 'rejected', 'unavailable'],
    queue: [...channelNames.map((channel) => `deliver-${channel}`), 'fan-out', 'poll'],
    state: ['waiting', 'active', 'delayed', 'failed'],
  };
  const ours = [...families].filter(([name]) => name.startsWith('signalbox_'));
  const labels = ours.flatMap(([, { samples }]) =>
    samples.flatMap((sample) => Object.entries(sample.labels)),
  );
  for (const [name, value] of labels) {
    if (name === 'reason') expect(value).toMatch(/^[a-z_]+$/);
    else if (name !== 'le') expect(lists[name]).toContain(value);
  }
});

test('every name says what it is, and each has its sentence', async () => {
  api = await startApi();
  for (const [name, { type, help }] of await scrape()) {
    if (!name.startsWith('signalbox_')) continue;
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    if (type === 'histogram') expect(name).toMatch(/_(seconds|size)$/);
    expect(help).toMatch(/^[A-Z].+\.$/);
  }
});

test('without Redis a scrape says so, says nothing of the queues, and counts what found no job', async () => {
  api = await startApi({ REDIS_URL: 'redis://127.0.0.1:1' });
  await addStore(api.pool, 'here', [{ preference: 'both' }]);
  await post('/webhooks/alerts/', alert('here'));
  const families = await scrape();
  expect(sampleOf(families, 'signalbox_redis_up')).toBe(0);
  expect(families.get('signalbox_queue_jobs')?.samples).toEqual([]);
  expect(families.get('signalbox_queue_oldest_due_seconds')?.samples).toEqual([]);
  const queue = 'deliver-notification';
  expect(sampleOf(families, 'signalbox_enqueue_failures_total', { queue })).toBe(1);
});

test('a Redis that answers no more holds a scrape up for less than 2 s', async () => {
  const server = await testRedis();
  const proxy = await startProxy(new URL(server.url));
  api = await startApi({ REDIS_URL: proxy.url });
  while (api.redis.status !== 'ready') await new Promise((resolve) => setTimeout(resolve, 10));
  expect(sampleOf(await scrape(), 'signalbox_redis_up')).toBe(1);
  proxy.freeze();
  const started = performance.now();
  const families = await scrape();
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(sampleOf(families, 'signalbox_redis_up')).toBe(0);
  expect(families.get('signalbox_queue_jobs')?.samples).toEqual([]);
  await proxy.stop();
  await server.drop();
});

/** Stands between us and a Redis; frozen, it takes everything and answers nothing. */
async function startProxy({ hostname, port, pathname }: URL) {
  const sockets: Socket[] = [];
  const proxy: Server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}${pathname}`,
    freeze: () => {
      for (const socket of sockets) socket.unpipe();
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(resolve));
    },
  };
}

import { type Channel, channels } from '@signalbox/channels';
import { createHttp, type Http } from '@signalbox/channels/http';
import { afterAttempt, type Delivery, defaultRetrySchedule } from '@signalbox/domain';
import { eventually } from '../src/eventually.js';
import {
  type PagerdutyLimit,
  type PagerdutyStandIn,
  startPagerdutyStandIn,
} from '../src/pagerduty-stand-in.js';

const routingKey = 'R'.repeat(32);
const good = {
  routing_key: routingKey,
  event_action: 'trigger',
  dedup_key: 'a/1',
  payload: { summary: 'down', source: 'api', severity: 'critical' },
};

let http: Http;
let pagerduty: PagerdutyStandIn;

beforeEach(async () => {
  http = createHttp({ timeoutMs: 500 });
  pagerduty = await startPagerdutyStandIn();
});

afterEach(async () => {
  await Promise.all([http.close(), pagerduty.close()]);
});

async function restart(limit: PagerdutyLimit): Promise<void> {
  await pagerduty.close();
  pagerduty = await startPagerdutyStandIn(limit);
}

describe('the stand-in', () => {
  async function post(body: unknown, path = '/v2/enqueue') {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(pagerduty.url + path, { method: 'POST', body: text });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  test('takes a trigger and tells its dedup key', async () => {
    expect(await post(good)).toEqual({
      status: 202,
      body: { status: 'success', message: 'Event processed', dedup_key: 'a/1' },
    });
    const { dedup_key, ...keyless } = good;
    const { body } = await post(keyless);
    expect(body.dedup_key).toMatch(/^[0-9a-f]{32}$/);
    expect(pagerduty.alerts.map(({ dedupKey }) => dedupKey)).toEqual([dedup_key, body.dedup_key]);
  });

  const payload = (change: object) => ({ ...good, payload: { ...good.payload, ...change } });

  test.each([
    ['routing_key', { ...good, routing_key: undefined }],
    ['routing_key', { ...good, routing_key: 'short' }],
    ['event_action', { ...good, event_action: 'open' }],
    ['event_action', { ...good, event_action: undefined, payload: undefined }],
    ['dedup_key', { ...good, dedup_key: 'x'.repeat(256) }],
    ['dedup_key', { routing_key: routingKey, event_action: 'resolve' }],
    ['payload', { ...good, payload: undefined }],
    ['payload.summary', payload({ summary: ' ' })],
    ['payload.summary', payload({ summary: 'x'.repeat(1025) })],
    ['payload.source', payload({ source: undefined })],
    ['payload.severity', payload({ severity: 'high' })],
    ['payload.timestamp', payload({ timestamp: 'yesterday' })],
    ['payload.custom_details', payload({ custom_details: 'text' })],
    ['links', { ...good, links: [{ text: 'no href' }] }],
    ['images', { ...good, images: [{ href: 'no src' }] }],
  ])('%s: 400', async (field, body) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { status: 'invalid event' } });
    expect(answer.body.errors).toEqual([expect.stringContaining(`'${field}'`)]);
    expect(pagerduty.alerts).toEqual([]);
  });

  test.each(['no JSON', '[]', 'null', ''])('%j: 400', async (body) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { errors: ['Event is not a JSON object'] },
    });
  });

  test('names all mistakes at once', async () => {
    expect((await post({ event_action: 'trigger', payload: {} })).body.errors).toHaveLength(4);
  });

  test('takes 512 KB and no more', async () => {
    const spare = 512 * 1024 - JSON.stringify(payload({ custom_details: { x: '' } })).length;
    expect((await post(payload({ custom_details: { x: 'x'.repeat(spare) } }))).status).toBe(202);
    expect((await post(payload({ custom_details: { x: 'x'.repeat(spare + 1) } }))).status).toBe(400);
  });

  test('passes over links inside the payload', async () => {
    expect((await post(payload({ links: 'lost' }))).status).toBe(202);
    expect(pagerduty.alerts[0]?.event.links).toBeUndefined();
  });

  test('knows no other path', async () => {
    expect((await post(good, '/v2/enqueue/v2/enqueue')).status).toBe(404);
    expect(pagerduty.calls[0]).toMatchObject({ answer: 404, action: 'trigger' });
  });

  test('acknowledges an open alert, which another trigger leaves acknowledged', async () => {
    for (const event_action of ['trigger', 'acknowledge', 'trigger']) await post({ ...good, event_action });
    expect(pagerduty.alerts).toMatchObject([
      { status: 'acknowledged', log: ['trigger', 'acknowledge', 'trigger'] },
    ]);
  });

  test('gives each routing key a sliding window of its own', async () => {
    await restart({ calls: 2, windowMs: 300 });
    const other = { ...good, routing_key: 'S'.repeat(32) };
    const statuses = [];
    for (const body of [good, good, good, other]) statuses.push((await post(body)).status);
    expect(statuses).toEqual([202, 202, 429, 202]);
    await eventually(async () => (await post(good)).status === 202, { everyMs: 20, timeoutMs: 3_000 });
    const [first, , ...later] = pagerduty.calls.filter((call) => call.routingKey === routingKey);
    const again = later.find(({ answer }) => answer === 202);
    expect((again?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(300);
  });

  test('a key has 120 calls a minute', async () => {
    const statuses = await Promise.all(Array.from({ length: 125 }, async () => (await post(good)).status));
    expect(statuses.filter((status) => status === 202)).toHaveLength(120);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect(pagerduty.alerts[0]?.log).toHaveLength(120);
  });
});

describe('the pagerduty channel', () => {
  const channel = channels.find(({ name }) => name === 'pagerduty') as Channel;

  function send(change: Partial<Delivery['signal']> = {}, attempt = 1) {
    const env = { PAGERDUTY_ROUTING_KEY: routingKey, PAGERDUTY_URL: pagerduty.url };
    const delivery = { ...incident, attempt, signal: { ...incident.signal, ...change } };
    const tools = { http, operatorHttp: http, timeoutMs: 10_000, onClose: () => undefined };
    return channel.open(channel.settings.parse(env), tools)(delivery);
  }

  test('opens an alert, adds to it, closes it, and opens another', async () => {
    const end = { resolvedAt: new Date() };
    for (const change of [{}, { severity: 'critical' as const }, end, {}, end]) {
      expect(await send(change)).toMatchObject({ outcome: { type: 'delivered' }, statusCode: 202 });
    }
    expect(pagerduty.calls.map(({ action, dedupKey }) => `${action} ${dedupKey}`)).toEqual([
      'trigger spreedly_status/inc_1',
      'trigger spreedly_status/inc_1',
      'resolve spreedly_status/inc_1',
      'trigger spreedly_status/inc_1',
      'resolve spreedly_status/inc_1',
    ]);
    expect(pagerduty.alerts).toMatchObject([
      { status: 'resolved', log: ['trigger', 'trigger', 'resolve'] },
      { status: 'resolved', log: ['trigger', 'resolve'] },
    ]);
  });

  test('a resolve that comes first is lost without a word, which is why order is kept', async () => {
    expect((await send({ resolvedAt: new Date() })).outcome).toEqual({ type: 'delivered' });
    await send();
    expect(pagerduty.alerts).toMatchObject([{ status: 'open', log: ['trigger'] }]);
  });

  test('its link arrives', async () => {
    await send({ raw: Buffer.from('{"shortlink":"https://stspg.io/1"}') });
    expect(pagerduty.alerts[0]?.event.links).toEqual([{ href: 'https://stspg.io/1', text: 'Status page' }]);
  });

  test('a trigger that may have got through is repeated without harm', async () => {
    await send();
    expect((await send({}, 2)).outcome).toEqual({ type: 'delivered' });
    expect(pagerduty.alerts).toHaveLength(1);
  });

  test('turned away by the rate limit, it waits half a minute, and gets through', async () => {
    await restart({ calls: 1, windowMs: 300 });
    await send({ eventId: 'inc_0' });
    const { outcome, responseExcerpt } = await send();
    expect(responseExcerpt).toContain('throttle exceeded');
    const next = afterAttempt({ attempt: 1, maxAttempts: 6 }, outcome, defaultRetrySchedule);
    expect(next).toMatchObject({ status: 'pending', reason: 'rate_limited' });
    expect((next as { delayMs: number }).delayMs).toBeGreaterThanOrEqual(30_000);
    await eventually(async () => (await send({}, 2)).outcome.type === 'delivered');
    expect(pagerduty.alerts.map(({ dedupKey }) => dedupKey)).toEqual([
      'spreedly_status/inc_0',
      'spreedly_status/inc_1',
    ]);
  });

  test('what PagerDuty finds wrong with an event is kept, and not sent again', async () => {
    const sent = await send({ service: ' ' });
    expect(sent).toMatchObject({ outcome: { type: 'refused', reason: 'client_error' }, statusCode: 400 });
    expect(sent.responseExcerpt).toContain(`"errors":["'payload.source' is missing or blank"]`);
  });

  test.each([
    [{ status: 503 }, 'unavailable'],
    [{ status: 408 }, 'client_error'],
    ['hang', 'timeout'],
    ['reset', 'connection_reset'],
  ] as const)('%j is a matter of time', async (failure, reason) => {
    pagerduty.failNext(failure, 2);
    expect((await send()).outcome).toEqual({ type: 'retry', reason });
    expect((await send({}, 2)).outcome).toEqual({ type: 'retry', reason });
    expect((await send({}, 3)).outcome).toEqual({ type: 'delivered' });
    const failed = typeof failure === 'string' ? failure : failure.status;
    expect(pagerduty.calls.map(({ answer }) => answer)).toEqual([failed, failed, 202]);
  });

  test.each([
    ['a long summary', { summary: 'x'.repeat(100_000) }],
    ['a long summary of wide characters', { summary: '😀'.repeat(5_000) }],
    ['a long description', { description: '👩‍👩‍👧'.repeat(200_000) }],
    ['a long id', { eventId: 'é'.repeat(600_000) }],
    ['a long service', { service: 'x'.repeat(600_000) }],
    ['a long body', { raw: Buffer.from(JSON.stringify({ shortlink: 'x'.repeat(2_000_000) })) }],
    ['half characters', { summary: 'a\ud800', eventId: '\udfff', service: '\ud83d', description: '\udc00b' }],
    ['control characters', { summary: '\0\u0001\n\u2028'.repeat(1_000), description: '\0'.repeat(200_000) }],
    ['another direction', { summary: '\u202eshutdown\u202c', service: 'خدمة' }],
    ['no words', { summary: '' }],
  ])('%s is accepted, and closed again under the same key', async (_, change) => {
    expect((await send(change)).outcome).toEqual({ type: 'delivered' });
    expect((await send({ ...change, resolvedAt: new Date() })).outcome).toEqual({ type: 'delivered' });
    expect(pagerduty.alerts).toMatchObject([{ status: 'resolved', log: ['trigger', 'resolve'] }]);
  });
});

const incident: Delivery = {
  id: '01890000-0000-7000-8000-000000000001',
  signalId: '01890000-0000-7000-8000-000000000002',
  revision: 1,
  channel: 'pagerduty',
  target: 'default',
  address: null,
  attempt: 1,
  maxAttempts: 6,
  again: false,
  subscriber: null,
  correlationId: 'request-1',
  traceParent: null,
  createdAt: new Date(),
  signal: {
    eventId: 'inc_1',
    eventType: 'incident',
    source: 'spreedly_status',
    kind: 'incident',
    severity: 'critical',
    service: 'spreedly',
    summary: 'Payment Gateway Latency (major)',
    description: null,
    startedAt: new Date('2024-01-15T10:00:00Z'),
    resolvedAt: null,
    testMode: false,
    raw: Buffer.from('{}'),
  },
};

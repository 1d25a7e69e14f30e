import { normalizedEventSchema, toNormalizedEvent } from '@signalbox/domain';
import type { z } from 'zod';
import { createHttp } from '../src/http.js';
import { pagerduty } from '../src/pagerduty.js';
import { deliveryOf } from './delivery.js';
import { type Behaviour, receiver } from './receiver.js';
import { toolsWith } from './tools.js';

const routingKey = '0123456789abcdefABCDEF0123456789';
const accepted: Behaviour = (response) => response.writeHead(202).end('{"status":"success"}');

interface Try {
  /** From the origin of the receiver to the environment. */
  env: (origin: string) => Record<string, string>;
  behave?: Behaviour;
  attempt?: number;
  resolvedAt?: Date;
}

async function send({ env, behave = accepted, attempt = 1, resolvedAt }: Try) {
  const http = createHttp({ timeoutMs: 5_000 });
  const target = await receiver(behave);
  const given = deliveryOf('stripe/payout_failed', { target: 'default', attempt });
  const delivery = { ...given, signal: { ...given.signal, resolvedAt: resolvedAt ?? null } };
  const sent = await pagerduty.open(pagerduty.settings.parse(env(target.origin)), toolsWith(http))(delivery);
  await Promise.all([target.close(), http.close()]);
  const [request] = target.received;
  if (!request) throw new Error('nothing arrived');
  return { sent, delivery, request, body: JSON.parse(String(request.body)), origin: target.origin };
}

const real = (origin: string) => ({ PAGERDUTY_ROUTING_KEY: routingKey, PAGERDUTY_URL: origin });

describe('without a routing key', () => {
  test.each(['', '/', '/gateway', '/gateway/'])(
    'the event goes to the destination below %j',
    async (base) => {
      const { sent, request, body, delivery } = await send({
        env: (origin) => ({ SIGNALBOX_URL: origin + base }),
      });
      expect(sent.outcome).toEqual({ type: 'delivered' });
      expect(request.path).toBe(`${base.replace(/\/$/, '')}/destinations/pagerduty`);
      expect(normalizedEventSchema.parse(body)).toEqual(toNormalizedEvent(delivery.signal));
    },
  );

  test.each([
    ['read:reader-0123456789abcdefg', undefined],
    ['read:reader-0123456789abcdefg,ingest:ingest-0123456789abcdefg', 'Bearer ingest-0123456789abcdefg'],
    ['operate:reader-0123456789abcdefg,admin:admin-0123456789abcdefgh', 'Bearer admin-0123456789abcdefgh'],
  ])('with API_KEYS=%s, the first one that may publish is shown', async (API_KEYS, authorization) => {
    const { request } = await send({ env: (origin) => ({ SIGNALBOX_URL: origin, API_KEYS }) });
    expect(request.headers.authorization).toBe(authorization);
  });

  test('an end is an event with resolved_at', async () => {
    const resolvedAt = new Date('2024-01-15T12:00:00Z');
    const { body } = await send({ env: (origin) => ({ SIGNALBOX_URL: origin }), resolvedAt });
    expect(body.resolved_at).toBe('2024-01-15T12:00:00.000Z');
  });

  test('there is no limit', () => {
    expect(pagerduty.limit(pagerduty.settings.parse({}))).toBeNull();
  });
});

describe('with a routing key', () => {
  test.each([
    ['', '/v2/enqueue'],
    ['/', '/v2/enqueue'],
    ['/proxy/', '/proxy/v2/enqueue'],
    ['/v2/enqueue', '/v2/enqueue'],
    ['/v2/enqueue/', '/v2/enqueue'],
  ])('a base of %j means %s', async (base, path) => {
    const { sent, request, origin } = await send({ env: (origin) => real(origin + base) });
    expect(request.path).toBe(path);
    expect(sent).toMatchObject({ targetUrl: origin + path, statusCode: 202, outcome: { type: 'delivered' } });
  });

  test('PagerDuty sees no key of ours', async () => {
    const env = (origin: string) => ({ ...real(origin), API_KEYS: 'ingest:ingest-0123456789abcdefg' });
    expect((await send({ env })).request.headers.authorization).toBeUndefined();
  });

  test('a trigger, and after it the resolve of the same alert', async () => {
    const trigger = await send({ env: real });
    expect(trigger.body).toMatchObject({
      routing_key: routingKey,
      event_action: 'trigger',
      dedup_key: 'stripe/evt_1abc',
      payload: { summary: '[stripe] payout.failed: po_123', source: 'stripe', class: 'payout.failed' },
    });
    const resolve = await send({ env: real, resolvedAt: new Date() });
    expect(resolve.body).toEqual({
      routing_key: routingKey,
      event_action: 'resolve',
      dedup_key: 'stripe/evt_1abc',
    });
  });

  test.each([
    [{}, 'http://127.0.0.1:3000'],
    [{ SIGNALBOX_URL: 'http://api:3000/' }, 'http://api:3000'],
    [
      { SIGNALBOX_URL: 'http://api:3000', SIGNALBOX_PUBLIC_URL: 'https://ops.example.com/box' },
      'https://ops.example.com/box',
    ],
  ])('with %j people are sent to %s', async (urls, home) => {
    const { body, delivery } = await send({ env: (origin) => ({ ...real(origin), ...urls }) });
    expect(body.client_url).toBe(`${home}/signals/${delivery.signalId}`);
  });

  test('a refusal is for good, and says why', async () => {
    const answer =
      '{"status":"invalid event","message":"Event object is invalid","errors":["\'summary\' is bad"]}';
    const { sent } = await send({
      env: real,
      behave: (response) => response.writeHead(400).end(answer),
    });
    expect(sent).toMatchObject({
      outcome: { type: 'refused', reason: 'client_error' },
      responseExcerpt: answer,
    });
  });

  test.each([
    [1, 30_000],
    [2, 60_000],
    [3, 120_000],
    [4, 300_000],
    [5, 300_000],
  ])('429 to attempt %d waits for %d ms or a little more', async (attempt, ms) => {
    const { sent } = await send({
      env: real,
      attempt,
      behave: (response) => response.writeHead(429).end(),
    });
    expect(sent.outcome).toMatchObject({ type: 'retry', reason: 'rate_limited' });
    const { afterMs = 0 } = sent.outcome as { afterMs?: number };
    expect(afterMs).toBeGreaterThanOrEqual(ms);
    expect(afterMs).toBeLessThanOrEqual(ms * 1.2);
  });

  test.each([
    ['600', 600_000, 600_000],
    ['1', 30_000, 36_000],
  ])('429 with Retry-After: %s waits from %d to %d ms', async (header, least, most) => {
    const { sent } = await send({
      env: real,
      behave: (response) => response.writeHead(429, { 'retry-after': header }).end(),
    });
    const { afterMs = 0 } = sent.outcome as { afterMs?: number };
    expect(afterMs).toBeGreaterThanOrEqual(least);
    expect(afterMs).toBeLessThanOrEqual(most);
  });

  test('the limit names the key by a digest, another for each key', () => {
    const limits = [routingKey, routingKey.toLowerCase()].map((key) =>
      pagerduty.limit(pagerduty.settings.parse({ PAGERDUTY_ROUTING_KEY: key })),
    );
    expect(limits[0]).toEqual({
      key: expect.stringMatching(/^pagerduty-[\w-]{16}$/),
      count: 100,
      periodMs: 60_000,
      burst: 10,
    });
    expect(limits[1]?.key).not.toBe(limits[0]?.key);
  });
});

describe('the routing key stays a secret', () => {
  test.each([
    ['quoted', `the key ${routingKey} is no good, ${routingKey.toUpperCase()} neither`],
    ['cut short by the end of the excerpt', `${'x'.repeat(1000)} ${routingKey}`],
  ])('%s', async (_, answer) => {
    for (const status of [202, 400, 500]) {
      const { sent } = await send({
        env: real,
        behave: (response) => response.writeHead(status).end(answer),
      });
      expect(JSON.stringify(sent).toLowerCase()).not.toContain(routingKey.slice(0, 8));
      expect(sent.responseExcerpt).toContain('[routing key]');
    }
  });

  test.each(['short', `${routingKey}0`, `${routingKey.slice(1)}-`, `${routingKey.slice(1)}é`, '', 'x y'])(
    'PAGERDUTY_ROUTING_KEY=%j is explained and not repeated',
    (key) => {
      const result = pagerduty.settings.safeParse({ PAGERDUTY_ROUTING_KEY: key });
      const complaints = result.error?.issues.map(({ message }: z.core.$ZodIssue) => message);
      expect(complaints).toEqual([expect.stringMatching(/^must be the integration key .* 32 letters/)]);
      if (key) expect(JSON.stringify(complaints)).not.toContain(key);
    },
  );
});

test('without settings it is the API on this machine', () => {
  expect(pagerduty.settings.parse({})).toEqual({
    SIGNALBOX_URL: 'http://127.0.0.1:3000',
    PAGERDUTY_URL: 'https://events.pagerduty.com',
    API_KEYS: [],
  });
  expect(pagerduty.settings.parse({ PAGERDUTY_ROUTING_KEY: ` ${routingKey}\n` })).toMatchObject({
    PAGERDUTY_ROUTING_KEY: routingKey,
  });
});

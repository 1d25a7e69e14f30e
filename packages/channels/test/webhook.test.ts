import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAttempt, type Delivery, type Outcome, type Subscriber } from '@signalbox/domain';
import { createHttp } from '../src/http.js';
import { webhook } from '../src/webhook.js';
import { deliveryOf, subscriberAt } from './delivery.js';
import { type Behaviour, type Received, receiver } from './receiver.js';
import { toolsWith } from './tools.js';

const http = createHttp({ timeoutMs: 10_000 });
const send = webhook.open({}, toolsWith(http));
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

afterAll(() => http.close());

const ok: Behaviour = (response) => response.end('ok');

async function startReceiver(behave = ok) {
  const target = await receiver(behave);
  cleanups.push(() => target.close());
  return target;
}

function sendTo(url: string, subscription: Partial<Subscriber> = {}, change: Partial<Delivery> = {}) {
  const subscriber = subscriberAt(url, subscription);
  return send(deliveryOf('stripe/payout_failed', { subscriber, ...change }));
}

/** Sends one delivery; what arrived, and what is told of it. */
async function sendOne(subscription: Partial<Subscriber> = {}, change: Partial<Delivery> = {}) {
  const target = await startReceiver();
  const sent = await sendTo(`${target.origin}/hooks?to=us`, subscription, change);
  const [request] = target.received;
  if (!request) throw new Error('nothing arrived');
  return { sent, request };
}

/** Computed by hand. Source: github.com/standard-webhooks/standard-webhooks, spec. */
function standardSignature({ headers, body }: Received, secret: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const start = [headers['webhook-id'], headers['webhook-timestamp'], ''].join('.');
  return `v1,${createHmac('sha256', key).update(start).update(body).digest('base64')}`;
}

const secret = `whsec_${Buffer.alloc(24, 'a').toString('base64')}`;
const other = `whsec_${Buffer.alloc(64, 'b').toString('base64')}`;

describe('what arrives', () => {
  test.each([
    ['JSON with blanks', Buffer.from('{ "a" : 1.0, "é": "\\u00e9" }\n')],
    ['bytes that are no text', Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x00, 0xff, 0x0d, 0x0a])],
    ['a megabyte', Buffer.alloc(1024 * 1024, 'x')],
    ['nothing', Buffer.alloc(0)],
  ])('is the body, byte for byte: %s', async (_, body) => {
    const { request } = await sendOne({ body });
    expect(request).toMatchObject({ method: 'POST', path: '/hooks?to=us' });
    expect(request.body.equals(body)).toBe(true);
  });

  test('has these headers and no others', async () => {
    const { request } = await sendOne({ secrets: [secret], hubSignature: true }, { attempt: 3 });
    expect(request.headers).toEqual({
      connection: 'keep-alive',
      host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'content-length': '2',
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Signalbox\/\d+\.\d+\.\d+$/),
      'idempotency-key': '01890000-0000-7000-8000-000000000001',
      'x-request-id': 'request-1',
      'webhook-id': '01890000-0000-7000-8000-000000000001',
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
      'webhook-signature': expect.stringMatching(/^v1,\S{44}$/),
      'x-hub-signature-256': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
      'x-signalbox-attempt': '3',
      'x-signalbox-event-type': 'payout.failed',
      'x-signalbox-signal': '01890000-0000-7000-8000-000000000002',
    });
  });

  test.each([
    ['order.created', 'order.created'],
    ['com.example/order:created_v2', 'com.example/order:created_v2'],
    ['commande créée\r\nhost: x', 'commande%20cr%C3%A9%C3%A9e%0D%0Ahost:%20x'],
  ])('names the type %j', async (eventType, header) => {
    const { signal } = deliveryOf('stripe/payout_failed');
    const { request } = await sendOne({}, { signal: { ...signal, eventType } });
    expect(request.headers['x-signalbox-event-type']).toBe(header);
    expect(decodeURI(header)).toBe(eventType);
  });

  test('is marked when it is a test', async () => {
    const { signal } = deliveryOf('stripe/payout_failed');
    const { request } = await sendOne({}, { signal: { ...signal, testMode: true } });
    expect(request.headers['x-signalbox-test']).toBe('true');
  });

  test('is reported', async () => {
    const { sent, request } = await sendOne();
    expect(sent).toEqual({
      outcome: { type: 'delivered' },
      targetUrl: `http://${request.headers.host}/hooks?to=us`,
      statusCode: 200,
      responseExcerpt: 'ok',
    });
  });
});

describe('signatures', () => {
  test('Standard Webhooks: the vector of the specification', async () => {
    const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
    const body = Buffer.from('{"test": 2432232314}');
    const { request } = await at(1614265330_000, () => sendOne({ secrets, body }, { id }));
    expect(request.headers).toMatchObject({
      'webhook-id': id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
    expect(request.body.toString()).toBe('{"test": 2432232314}');
  });

  test('X-Hub-Signature-256: the vector of the documentation', async () => {
    const { request } = await sendOne({
      secrets: ["It's a Secret to Everybody"],
      body: Buffer.from('Hello, World!'),
      hubSignature: true,
    });
    expect(request.headers['x-hub-signature-256']).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });

  test('every secret in force signs what is sent', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const { request } = await sendOne({ secrets: [secret, other], body });
    expect(request.headers['webhook-signature']).toBe(
      `${standardSignature(request, secret)} ${standardSignature(request, other)}`,
    );
    expect(request.headers).not.toHaveProperty('x-hub-signature-256');
  });

  test('for GitHub the first secret signs, as the text that it is', async () => {
    const { request } = await sendOne({ secrets: [other, secret], hubSignature: true });
    const hmac = createHmac('sha256', Buffer.from(other, 'utf8')).update(request.body);
    expect(request.headers['x-hub-signature-256']).toBe(`sha256=${hmac.digest('hex')}`);
  });

  test('the id stays over all attempts, the time does not', async () => {
    const now = Math.floor(Date.now() / 1000);
    const first = await sendOne({ secrets: [secret] });
    const second = await at((now + 900) * 1000, () => sendOne({ secrets: [secret] }, { attempt: 2 }));
    const [one, two] = [first.request.headers, second.request.headers];
    expect(two['webhook-id']).toBe(one['webhook-id']);
    expect(Math.abs(Number(one['webhook-timestamp']) - now)).toBeLessThan(30);
    expect(two['webhook-timestamp']).toBe(String(now + 900));
    expect(two['webhook-signature']).toBe(standardSignature(second.request, secret));
    expect(two['webhook-signature']).not.toBe(one['webhook-signature']);
  });

  test('without a secret there is none', async () => {
    const { headers } = (await sendOne({ hubSignature: true })).request;
    expect(Object.keys(headers).filter((name) => name.includes('signature'))).toEqual([]);
    expect(headers).toMatchObject({ 'webhook-id': headers['idempotency-key'] });
    expect(headers['webhook-timestamp']).toMatch(/^\d{10}$/);
  });
});

describe('custom headers', () => {
  test('join ours', async () => {
    const { request } = await sendOne({ headers: { authorization: 'Bearer a b', 'x-tenant': '' } });
    expect(request.headers).toMatchObject({ authorization: 'Bearer a b', 'x-tenant': '' });
  });

  test('never replace ours, nor touch the connection, however they are written', async () => {
    const names = [
      'Host Content-Length Transfer-Encoding Connection Keep-Alive TE Trailer Upgrade Expect',
      'Proxy-Authorization Proxy-Connection Content-Type User-Agent Idempotency-Key X-Request-Id',
      'Webhook-Id Webhook-Timestamp Webhook-Signature X-Hub-Signature-256',
      'X-Signalbox-Test X-Signalbox-Attempt X-Signalbox-Other',
    ].flatMap((line) => line.split(' '));
    const written = names.flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()]);
    const target = await startReceiver();
    const headers = Object.fromEntries(written.map((name) => [name, '5']));
    await at(Date.now(), async () => {
      await sendTo(target.origin, { secrets: [secret] });
      await sendTo(target.origin, { secrets: [secret], headers });
    });
    const [plain, dressed] = target.received;
    expect(plain?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(dressed?.headers).toEqual(plain?.headers);
  });
});

describe('the time of a subscription', () => {
  test('cuts sooner than that of the others, also what trickles', async () => {
    const target = await startReceiver((_, socket) => {
      const trickle = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(trickle));
    });
    const started = performance.now();
    const { outcome } = await sendTo(target.origin, { timeoutMs: 200 });
    expect(outcome).toEqual({ type: 'retry', reason: 'timeout' });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('may be longer than that of the others', async () => {
    const impatient = createHttp({ timeoutMs: 200 });
    cleanups.push(() => impatient.close());
    const target = await startReceiver((response) => setTimeout(() => response.end(), 600));
    const subscriber = subscriberAt(target.origin, { timeoutMs: 10_000 });
    const delivery = deliveryOf('stripe/payout_failed', { subscriber });
    const { outcome } = await webhook.open({}, toolsWith(impatient))(delivery);
    expect(outcome).toEqual({ type: 'delivered' });
  });
});

describe('Retry-After', () => {
  async function outcomeAfter(status: number, ...values: string[]): Promise<Outcome> {
    const headers = values.flatMap((value) => ['retry-after', value]);
    const target = await startReceiver((response) => response.writeHead(status, headers).end());
    return (await sendTo(target.origin)).outcome;
  }

  function delayMs(outcome: Outcome): number | null {
    const next = afterAttempt({ attempt: 1, maxAttempts: 6 }, outcome, [1_000], 0.5);
    return next.status === 'pending' ? next.delayMs : null;
  }

  test.each([
    { values: [], delay: 1_000 },
    { values: ['0'], delay: 1_000 },
    { values: ['0.2'], delay: 1_000 },
    { values: ['1.5'], delay: 1_500 },
    { values: ['120'], delay: 120_000 },
    { values: ['3600'], delay: 3_600_000 },
    { values: ['3601'], delay: 3_600_000 },
    { values: ['999999999999'], delay: 3_600_000 },
    { values: ['Mon, 15 Jan 2024 10:40:00 GMT'], delay: 1_000 },
    { values: ['Fri, 31 Dec 9999 23:59:59 GMT'], delay: 3_600_000 },
    { values: ['soon'], delay: 1_000 },
    { values: ['-5'], delay: 1_000 },
    { values: ['1e9'], delay: 1_000 },
    { values: ['120, 240'], delay: 1_000 },
    { values: ['120', '240'], delay: 120_000 },
    { values: ['240', '120'], delay: 240_000 },
    { values: ['soon', '120'], delay: 1_000 },
  ])('$values: the next attempt comes after $delay ms', async ({ values, delay }) => {
    expect(delayMs(await outcomeAfter(503, ...values))).toBe(delay);
    expect(delayMs(await outcomeAfter(429, ...values))).toBe(delay);
  });

  test('a date that lies ahead', async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const delay = delayMs(await outcomeAfter(503, inAMinute));
    expect(delay).toBeGreaterThan(30_000);
    expect(delay).toBeLessThanOrEqual(60_000);
  });

  test.each([200, 410])('%d does not ask for anything', async (status) => {
    expect(await outcomeAfter(status, '120')).not.toHaveProperty('afterMs');
  });
});

describe('connections', () => {
  async function sendMany(behave: Behaviour) {
    const target = await startReceiver(behave);
    for (let i = 0; i < 200; i++)
      expect((await sendTo(target.origin)).outcome).toEqual({ type: 'delivered' });
    expect(target.received).toHaveLength(200);
    return new Set(target.received.map(({ remotePort }) => remotePort)).size;
  }

  test('are used again', async () => {
    expect(await sendMany(ok)).toBeLessThanOrEqual(2);
  });

  test('are made anew for a receiver that closes each with its answer', async () => {
    const close: Behaviour = (response) => response.writeHead(200, { connection: 'close' }).end('ok');
    // The system may give a port out again, but rarely so soon.
    expect(await sendMany(close)).toBeGreaterThan(150);
  });

  test('an answer counts that comes before the body was read', async () => {
    const server = createServer((_, response) => response.writeHead(413).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => closeAll(server));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const body = Buffer.alloc(8_000_000, 'x');
    for (let i = 0; i < 5; i++) {
      const { outcome, statusCode } = await sendTo(origin, { body });
      expect(outcome).toEqual({ type: 'retry', reason: 'client_error' });
      expect(statusCode).toBe(413);
    }
  });
});

test('a URL that is none is refused', async () => {
  const { outcome } = await sendTo('ftp://example.com/');
  expect(outcome).toEqual({ type: 'refused', reason: 'invalid_target' });
});

test('a delivery without a subscriber is a bug of ours', async () => {
  const delivery = deliveryOf('stripe/payout_failed');
  await expect(send(delivery)).rejects.toThrow(`Delivery ${delivery.id} names no subscriber`);
});

test('users cannot choose it', () => {
  expect(webhook).not.toHaveProperty('recipient');
});

test.each<[boolean, Outcome]>([
  [false, { type: 'refused', reason: 'https_required' }],
  [true, { type: 'delivered' }],
])('where https is required, plain http is a matter of the subscription: %p', async (allowHttp, outcome) => {
  const target = await startReceiver();
  const secure = createHttp({ timeoutMs: 10_000, targets: { allowPrivate: true, requireHttps: true } });
  cleanups.push(() => secure.close());
  const subscriber = subscriberAt(target.origin, { allowHttp });
  const delivery = deliveryOf('stripe/payout_failed', { subscriber });
  expect(await webhook.open({}, toolsWith(secure))(delivery)).toMatchObject({ outcome });
  expect(target.received).toHaveLength(allowHttp ? 1 : 0);
});

/** Does something as if it were another time. */
async function at<Result>(ms: number, act: () => Promise<Result>): Promise<Result> {
  const { now } = Date;
  Date.now = () => ms;
  try {
    return await act();
  } finally {
    Date.now = now;
  }
}

async function closeAll(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

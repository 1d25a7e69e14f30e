import { createHmac } from 'node:crypto';
import { signStandardWebhook } from '@signalbox/domain';
import { eventually } from '../src/eventually.js';
import { type Listener, listen, type Received } from '../src/listener.js';
import { type System, startSystem } from '../src/system.js';
import { type Answered, call } from './alerting.js';

let system: System;
const receivers: Listener[] = [];

beforeAll(async () => {
  system = await startSystem({ apis: 2, workers: 2, env: { RETRY_SCHEDULE: '200ms,200ms' } });
});

afterAll(async () => {
  await system.stop();
  await Promise.all(receivers.map(({ close }) => close()));
});

const manage = (method: string, path: string, body?: unknown): Promise<Answered> =>
  call(method, system.apiUrl + path, body);

interface Subscribed {
  id: string;
  secret: string;
  receiver: Listener;
}

/** A subscription to a receiver of its own. */
async function subscribe(fields: Record<string, unknown> = {}): Promise<Subscribed> {
  const receiver = await listen();
  receivers.push(receiver);
  const { status, body } = await manage('POST', '/subscriptions', { url: `${receiver.url}/hook`, ...fields });
  expect(status).toBe(201);
  return { id: String(body.id), secret: String(body.secret), receiver };
}

/** Sends to a subscription; gives the id of the delivery. */
async function send(id: string, text: string, headers?: Record<string, string>): Promise<string> {
  const { status, body } = await call('POST', `${system.apiUrls[1]}/ingest/${id}`, text, headers);
  expect(status).toBe(202);
  return String(body.delivery_id);
}

const shown = async (deliveryId: string) => (await manage('GET', `/deliveries/${deliveryId}`)).body;
const hasStatus = (deliveryId: string, status: string) => async () =>
  (await shown(deliveryId)).status === status;

/** JSON that a parser and a writer would not give back as it was. */
const odd = '{"b": 1.0, "a":12345678901234567890,\n "2":"\\u00e9", "1": 1e400 }';

test('what was sent arrives byte for byte, signed, and what became of it can be read', async () => {
  const { id, secret, receiver } = await subscribe({ headers: { 'X-Team': 'blue' }, hub_signature: true });
  const delivery = await send(id, odd, { 'x-event-type': 'order.created', 'x-request-id': 'order-7' });
  await eventually(() => receiver.requests.length === 1);
  const { headers, body } = receiver.requests[0] as Received;
  expect(body.toString()).toBe(odd);
  const timestamp = Number(headers['webhook-timestamp']);
  expect(headers).toMatchObject({
    ...signStandardWebhook([secret], delivery, timestamp, body),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(odd).digest('hex')}`,
    'x-team': 'blue',
    'x-request-id': 'order-7',
    'x-signalbox-event-type': 'order.created',
    'content-type': 'application/json',
  });
  await eventually(hasStatus(delivery, 'delivered'));
  expect(await shown(delivery)).toMatchObject({
    subscription_id: id,
    attempts: [{ attempt: 1, outcome: 'success', status_code: 204 }],
  });
});

test('a published event reaches all who take its type, each in a way of its own', async () => {
  const plain = await subscribe({ event_types: ['order.*'] });
  const short = await subscribe({ event_types: ['order.paid'], transform: { omit: ['data.card'] } });
  const mapped = await subscribe({
    transform: { jsonata: '{"sum": $sum(data.lines.price)}' },
    filter: { type: 'order.paid' },
  });
  const other = await subscribe({ event_types: ['user.*'] });
  const event =
    '{"type":"order.paid","data":{"card":"4242","total":10.50,"lines":[{"price":1},{"price":2}]}}';
  expect((await call('POST', `${system.apiUrls[1]}/events`, event)).status).toBe(202);
  await eventually(() => [plain, short, mapped].every(({ receiver }) => receiver.requests.length === 1));
  expect(plain.receiver.requests[0]?.body.toString()).toBe(event);
  expect(short.receiver.requests[0]?.body.toString()).toBe(
    '{"type":"order.paid","data":{"total":10.50,"lines":[{"price":1},{"price":2}]}}',
  );
  expect(mapped.receiver.requests[0]?.json()).toEqual({ sum: 3 });
  expect(other.receiver.requests).toEqual([]);
});

test('a transform that never ends costs its own delivery only', async () => {
  const endless = await subscribe({ transform: { jsonata: '($f := function($n) { $f($n + 1) }; $f(0))' } });
  const healthy = await subscribe({ transform: { jsonata: '{"n": n}' } });
  const bad = await send(endless.id, '{"n":1}');
  const good = await send(healthy.id, '{"n":1}');
  await eventually(hasStatus(good, 'delivered'));
  await eventually(hasStatus(bad, 'refused'));
  expect(await shown(bad)).toMatchObject({ last_error: 'transform_failed', attempts_made: 1 });
  expect(endless.receiver.requests).toEqual([]);
});

test('a failed attempt is repeated under the same id, and the log has them all', async () => {
  const { id, receiver } = await subscribe();
  receiver.respond(() => (receiver.requests.length < 3 ? { status: 500, body: 'later' } : { status: 200 }));
  const delivery = await send(id, '{}');
  await eventually(hasStatus(delivery, 'delivered'));
  expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual(Array(3).fill(delivery));
  expect((await shown(delivery)).attempts).toMatchObject([
    { outcome: 'failed_attempt', status_code: 500, error: 'server_error', response_excerpt: 'later' },
    { outcome: 'failed_attempt', status_code: 500 },
    { outcome: 'success', status_code: 200, error: null },
  ]);
});

test('a disabled subscription holds what comes, and gets it in order when it is enabled again', async () => {
  const { id, receiver } = await subscribe();
  await manage('PATCH', `/subscriptions/${id}`, { enabled: false });
  const held: string[] = [];
  for (let n = 0; n < 5; n += 1) held.push(await send(id, `${n}`));
  for (const delivery of held) await eventually(hasStatus(delivery, 'held'));
  expect(receiver.requests).toEqual([]);
  await manage('PATCH', `/subscriptions/${id}`, { enabled: true });
  await eventually(() => receiver.requests.length === 5);
  expect(new Set(receiver.requests.map(({ body }) => body.toString())).size).toBe(5);
});

test('what waits for a subscription that is deleted is canceled, not sent', async () => {
  const { id, receiver } = await subscribe({ retry_schedule: ['2s'] });
  receiver.respond(() => ({ status: 500 }));
  const delivery = await send(id, '{}');
  await eventually(() => receiver.requests.length === 1);
  expect((await manage('DELETE', `/subscriptions/${id}`)).status).toBe(204);
  await eventually(hasStatus(delivery, 'canceled'));
  expect(receiver.requests).toHaveLength(1);
  expect((await shown(delivery)).last_error).toBe('subscription_deleted');
});

test('410 disables the subscription, and the operators hear of it', async () => {
  const { id, receiver } = await subscribe();
  receiver.respond(() => ({ status: 410 }));
  const delivery = await send(id, '{}');
  await eventually(hasStatus(delivery, 'refused'));
  const subscription = async () => (await manage('GET', `/subscriptions/${id}`)).body;
  await eventually(async () => (await subscription()).enabled === false);
  expect((await subscription()).disabled_reason).toBe('gone');
  const events = async () =>
    (await manage('GET', '/events?source=signalbox')).body.events as { summary: string }[];
  await eventually(async () => (await events()).some(({ summary }) => summary.includes(id)));
  const isHeld = async () => {
    const later = await send(id, '{}');
    await eventually(async () => (await shown(later)).status !== 'pending');
    return (await shown(later)).status === 'held';
  };
  // The worker that did not disable it hears of it, a moment later.
  await eventually(isHeld, { timeoutMs: 2_000 });
});

test('a rotated secret signs beside its successor', async () => {
  const { id, secret, receiver } = await subscribe();
  const rotated = await manage('POST', `/subscriptions/${id}/rotate-secret`, { overlap_seconds: 60 });
  const next = String(rotated.body.secret);
  const signedByBoth = async () => {
    await send(id, '{}');
    await eventually(() => receiver.requests.length > 0);
    const { headers } = receiver.requests.splice(0)[0] as Received;
    const by = (key: string) =>
      signStandardWebhook([key], String(headers['webhook-id']), Number(headers['webhook-timestamp']), '{}')[
        'webhook-signature'
      ];
    return [secret, next].every((key) => String(headers['webhook-signature']).split(' ').includes(by(key)));
  };
  await eventually(signedByBoth);
});

test('a receiver that hangs, and one that is limited, slow nobody else', async () => {
  const hanging = await subscribe({ timeout_seconds: 5, max_in_flight: 5 });
  hanging.receiver.respond(() => 'hang');
  const limited = await subscribe({ rate_limit: { limit: 5, period_seconds: 1 } });
  const healthy = await subscribe();
  await Promise.all(Array.from({ length: 60 }, () => send(hanging.id, '{}')));
  const started = Date.now();
  await Promise.all(Array.from({ length: 12 }, () => send(limited.id, '{}')));
  await Promise.all(Array.from({ length: 60 }, () => send(healthy.id, '{}')));
  await eventually(() => healthy.receiver.requests.length === 60);
  expect(Date.now() - started).toBeLessThan(4_000);
  expect(hanging.receiver.requests.length).toBeLessThanOrEqual(5);

  await eventually(() => limited.receiver.requests.length === 12);
  const times = limited.receiver.requests.map(({ at }) => at);
  // Twelve at five a second are eleven distances of 200 ms; the first one may have been slow to arrive.
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_700);
  const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
  expect(most).toBeLessThanOrEqual(6);
});

test('a worker killed while it sends: sent again under the same id', async () => {
  const { id, receiver } = await subscribe({ timeout_seconds: 5 });
  receiver.respond(() => 'hang');
  const delivery = await send(id, '{}');
  await eventually(() => receiver.requests.length === 1);
  await Promise.all(system.workers.map((worker) => worker.kill()));
  receiver.respond(() => ({ status: 200 }));
  await system.workers[0]?.restart();
  await eventually(hasStatus(delivery, 'delivered'), { timeoutMs: 90_000 });
  expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([delivery, delivery]);
}, 120_000);

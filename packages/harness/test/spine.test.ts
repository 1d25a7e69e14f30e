import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { signStandardWebhook } from '@signalbox/domain';
import { developmentStripeSecret } from '../src/environment.js';
import { eventually } from '../src/eventually.js';
import { type System, startSystem, systemNotificationSecret } from '../src/system.js';
import { alert, post, postAlert, query, store, told } from './alerting.js';
import { askApi } from './documented.js';

let system: System;

beforeAll(async () => {
  system = await startSystem({ apis: 2 });
});

afterAll(() => system.stop());

async function get(path: string) {
  return (await (await askApi(system.apiUrl + path)).json()) as Record<string, never> & {
    data: { id: string }[];
    events: { event_id: string; signal_id: string }[];
  };
}

async function eventOf(eventId: string) {
  const { events } = await get('/events');
  const found = events.find(({ event_id }) => event_id === eventId);
  if (!found) throw new Error(`no event ${eventId}`);
  return found;
}

test('a theft alert tells the users who want it, with exactly five fields, signed, and all of it is on record', async () => {
  const body = alert();
  const answer = await postAlert(system.apiUrl, body, { 'x-request-id': 'camera-7' });
  expect([answer.status, answer.body]).toEqual([202, { received: true, alert_uuid: body.alert_uuid }]);
  await eventually(() => system.receiver.requests.length === store.toldOfTheft);

  for (const request of system.receiver.requests) {
    const { target_user_id, ...rest } = request.json() as Record<string, string>;
    const { url, alert_uuid, location, label } = body;
    expect(rest).toEqual({ url, alert_uuid, location, label });
    expect(target_user_id).toMatch(/^01900000-0000-7000-8000-00000000000[13]$/);
    const id = request.headers['idempotency-key'] as string;
    const timestamp = Number(request.headers['webhook-timestamp']);
    expect(request.headers).toMatchObject({
      'x-request-id': 'camera-7',
      ...signStandardWebhook([systemNotificationSecret], id, timestamp, request.body),
    });

    await eventually(async () => (await get(`/deliveries/${id}`)).status === 'delivered');
    expect(await get(`/deliveries/${id}`)).toMatchObject({
      target_user_id,
      attempts_made: 1,
      attempts: [{ attempt: 1, outcome: 'success', status_code: 204, error: null }],
    });
  }
  const event = await eventOf(body.alert_uuid);
  expect(event).toMatchObject({ severity: 'critical', routed: true, delivered_to: ['notification'] });
  expect((await get(`/signals/${event.signal_id}/deliveries`)).data).toHaveLength(store.toldOfTheft);
});

test('one wide line per request and per attempt, tied together by the correlation id', async () => {
  const body = alert();
  await postAlert(system.apiUrl, body, { 'x-request-id': 'camera-8' });
  const lines = () =>
    [...system.apis, ...system.workers]
      .flatMap((app) => app.output().split('\n'))
      .filter((line) => line.includes('"camera-8"'))
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  await eventually(() => lines().length === 1 + store.toldOfTheft);
  expect(lines()).toEqual(['signal.received', 'delivery.attempted', 'delivery.attempted']);
});

test('a failed payout pages, and is shown as delivered to pagerduty', async () => {
  const body = readFileSync(new URL('../../../fixtures/stripe/payout_failed.json', import.meta.url), 'utf8');
  const at = Math.floor(Date.now() / 1000);
  const v1 = createHmac('sha256', developmentStripeSecret).update(`${at}.${body}`).digest('hex');
  const send = () => post(`${system.apiUrl}/ingest/stripe`, body, { 'stripe-signature': `t=${at},v1=${v1}` });
  expect((await send()).body).toEqual({ received: true });
  expect((await send()).body).toEqual({ received: true, deduped: true });
  await eventually(async () => (await get('/destinations/pagerduty')).data.length === 1);
  const { data } = (await get('/destinations/pagerduty')) as never as { data: { event: object }[] };
  expect(data[0]?.event).toMatchObject({ event_id: 'evt_1abc', severity: 'critical', raw: JSON.parse(body) });
  await eventually(async () => {
    expect(await eventOf('evt_1abc')).toMatchObject({ routed: true, delivered_to: ['pagerduty'] });
  });
});

test('sent many times at once, to two APIs, it is one signal and everybody is told once', async () => {
  const body = alert();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => postAlert(system.apiUrls[n % 2] as string, body)),
  );
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(39);
  const rows = await query(system, 'select id from signals where event_id = $1', [body.alert_uuid]);
  expect(rows).toHaveLength(1);
  const times = () =>
    [...told(system)].filter(([key]) => key.startsWith(body.alert_uuid)).map(([, count]) => count);
  await eventually(() => times().length === store.toldOfTheft);
  expect(times()).toEqual([1, 1]);
});

test('asked to stop, API and worker finish what they have begun and exit with 0', async () => {
  system.receiver.respond(() => ({ status: 204, afterMs: 500 }));
  const before = system.receiver.requests.length;
  await postAlert(system.apiUrl, alert());
  await eventually(() => system.receiver.requests.length === before + store.toldOfTheft);
  expect(await system.workers[0]?.stop()).toMatch(/code 0/);
  expect(await query(system, "select id from deliveries where status = 'pending'")).toEqual([]);
  expect(await system.apis[1]?.stop()).toMatch(/code 0/);
});

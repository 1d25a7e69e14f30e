import { randomUUID } from 'node:crypto';
import { channelNames } from '@signalbox/channels';
import request from 'supertest';
import { addStore, type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
const uuids = Array.from({ length: 5 }, () => randomUUID());

beforeAll(async () => {
  api = await startApi();
  await addStore(api.pool, 'here', [{ preference: 'both' }, { preference: 'critical' }]);
  for (const alert_uuid of uuids) {
    const body = {
      url: 'https://example.com/c.mp4',
      location: 'here',
      alert_uuid,
      label: 'theft',
      time_spotted: 1,
    };
    await request(api.url).post('/webhooks/alerts/').send(body);
  }
});

afterAll(() => api.stop());

const get = (path: string) => request(api.url).get(path);

test('GET /events: newest first, in the shape of V7 with what became of it, in pages', async () => {
  const first = await get('/events?limit=2');
  expect(first.body.events.map((event: { event_id: string }) => event.event_id)).toEqual([
    uuids[4],
    uuids[3],
  ]);
  expect(first.body.events[0]).toMatchObject({
    source: 'alerts',
    kind: 'alert',
    severity: 'critical',
    started_at: '1970-01-01T00:00:01.000Z',
    resolved_at: null,
    routed: true,
    delivered_to: [],
    event_type: 'alert.theft',
    raw: { label: 'theft' },
  });

  const seen = [...first.body.events];
  let cursor: string | null = first.body.next_cursor;
  while (cursor) {
    const page = await get(`/events?limit=2&cursor=${cursor}`);
    seen.push(...page.body.events);
    cursor = page.body.next_cursor;
  }
  expect(seen.map((event: { event_id: string }) => event.event_id)).toEqual(uuids.toReversed());
});

test.each([
  'limit=0',
  'source=%00',
  'limit=501',
  'limit=-1',
  'limit=ten',
  'limit=1.5',
  'limit=',
  'cursor=nonsense',
  'limit=1&limit=2',
])('GET /events?%s → 400', async (query) => {
  const answer = await get(`/events?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toHaveLength(1);
});

test('a signal, its deliveries, and each delivery with its attempts', async () => {
  const { body } = await get('/events?limit=1');
  const signalId = body.events[0].signal_id;
  expect((await get(`/signals/${signalId}`)).body).toEqual(body.events[0]);

  const list = await get(`/signals/${signalId}/deliveries`);
  expect(list.body.data).toHaveLength(2);
  const [delivery] = list.body.data;
  await api.pool.query(
    `insert into attempts values ($1, 1, now(), 'failed_attempt', 503, 'server_error', 12, 'http://x/', 'busy')`,
    [delivery.id],
  );
  const one = await get(`/deliveries/${delivery.id}`);
  expect(one.body).toMatchObject({
    id: delivery.id,
    signal_id: signalId,
    channel: 'notification',
    target_user_id: delivery.target,
    status: 'pending',
    attempts_made: 0,
    max_attempts: 6,
    completed_at: null,
    last_error: null,
    target_url: 'http://x/',
    attempts: [
      { attempt: 1, outcome: 'failed_attempt', status_code: 503, error: 'server_error', duration_ms: 12 },
    ],
  });
});

test.each([
  `/deliveries/${randomUUID()}`,
  '/deliveries/nonsense',
  `/signals/${randomUUID()}`,
  `/signals/${randomUUID()}/deliveries`,
  '/signals/nonsense/deliveries',
  '/nothing/here',
])('GET %s → 404 with a problem document', async (path) => {
  const answer = await get(path);
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toBe('application/problem+json');
});

test('the mock PagerDuty takes normalized events, shows them, and refuses anything else', async () => {
  const event = (await get('/events?limit=1')).body.events[0];
  expect((await request(api.url).post('/destinations/pagerduty').send(event)).status).toBe(202);
  const { body } = await get('/destinations/pagerduty');
  expect(body.data[0].event).toMatchObject({ event_id: event.event_id, raw: event.raw });
  const refused = await request(api.url).post('/destinations/pagerduty').send({ event_id: 'x' });
  expect(refused.status).toBe(400);
  expect(refused.body.errors.length).toBeGreaterThan(3);
});

test('Bull Board shows a queue per channel, the fan-outs and the polls', async () => {
  const page = await get('/admin/queues');
  expect(page.status).toBe(200);
  const { body } = await get(
    '/admin/queues/api/queues?activeQueue=deliver-notification&page=1&jobsPerPage=10',
  );
  const names = body.queues.map(({ name }: { name: string }) => name);
  const deliveries = channelNames.map((channel) => `deliver-${channel}`);
  expect(names.toSorted()).toEqual([...deliveries, 'fan-out', 'poll'].toSorted());
});

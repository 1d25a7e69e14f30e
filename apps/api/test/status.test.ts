import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
let page: Server | undefined;

afterEach(async () => {
  await api.stop();
  page?.closeAllConnections();
  page?.close();
  page = undefined;
});

const key = 'operate-0123456789abcdef';
const pull = () => request(api.url).post('/ingest/pull-status').set('authorization', `Bearer ${key}`);

async function servePage(answer: () => { status: number; body: string }): Promise<string> {
  const server = createServer((_request, response) => {
    const { status, body } = answer();
    response.writeHead(status, { 'content-type': 'application/json', etag: '"1"' }).end(body);
  });
  page = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/summary.json`;
}

const outage = JSON.stringify({
  incidents: [{ id: 'inc', name: 'Down', status: 'investigating', impact: 'critical' }],
  components: [],
});

describe('the shipped fixtures', () => {
  test('first pull: two stored, one routed; second pull: nothing', async () => {
    api = await startApi();
    expect((await pull()).body).toEqual({ fetched: { spreedly: 2, braze: 1 }, stored: 2, routed: 1 });
    expect((await pull()).body).toEqual({ fetched: { spreedly: 2, braze: 1 }, stored: 0, routed: 0 });
    const { body } = await request(api.url).get('/events?source=spreedly_status');
    expect(body.events).toMatchObject([
      { event_id: 'inc_spreedly_1', kind: 'incident', severity: 'critical', routed: true, resolved_at: null },
    ]);
  });

  test('with ROUTE_WARNING=true both are routed', async () => {
    api = await startApi({ ROUTE_WARNING: 'true' });
    expect((await pull()).body).toEqual({ fetched: { spreedly: 2, braze: 1 }, stored: 2, routed: 2 });
  });

  test('are no substitute in production, nor for a URL that fails', async () => {
    api = await startApi({
      NODE_ENV: 'production',
      API_KEYS: `operate:${key}`,
      BRAZE_STATUS_SUMMARY_URL: 'http://127.0.0.1:1/summary.json',
    });
    const answer = await pull();
    expect(answer.status).toBe(502);
    expect(answer.body.errors).toEqual([
      { path: 'spreedly', message: 'SPREEDLY_STATUS_SUMMARY_URL is not set' },
      { path: 'braze', message: expect.stringContaining('unreachable') },
    ]);
  });

  test('unless production asks for them', async () => {
    api = await startApi({ NODE_ENV: 'production', API_KEYS: `operate:${key}`, STATUS_FIXTURES: 'true' });
    expect((await pull()).body).toMatchObject({ stored: 2 });
  });
});

test('one failing page is reported beside the others', async () => {
  api = await startApi({ BRAZE_STATUS_SUMMARY_URL: await servePage(() => ({ status: 500, body: 'oops' })) });
  const answer = await pull();
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    fetched: { spreedly: 2 },
    stored: 1,
    routed: 1,
    errors: { braze: expect.stringContaining('bad_status') },
  });
});

test('two pulls at once do the work once', async () => {
  api = await startApi({
    SPREEDLY_STATUS_SUMMARY_URL: await servePage(() => ({ status: 200, body: outage })),
  });
  const answers = await Promise.all([pull(), pull(), pull()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(answers.reduce((sum, { body }) => sum + body.stored, 0)).toBe(2);
  expect(answers.reduce((sum, { body }) => sum + body.routed, 0)).toBe(1);
});

test('revisions are read back, newest first', async () => {
  let body = outage;
  api = await startApi({ SPREEDLY_STATUS_SUMMARY_URL: await servePage(() => ({ status: 200, body })) });
  await pull();
  body = outage.replace('investigating', 'monitoring');
  await pull();
  body = '{"incidents":[],"components":[]}';
  await pull();
  const { events } = (await request(api.url).get('/events?source=spreedly_status')).body;
  expect(events).toMatchObject([{ event_id: 'inc', revision: 3, resolved_at: expect.any(String) }]);
  const path = `/signals/${events[0].signal_id}/revisions`;
  const all = (await request(api.url).get(path)).body;
  expect(
    all.data.map((row: { revision: number; event_type: string }) => [row.revision, row.event_type]),
  ).toEqual([
    [3, 'incident.resolved'],
    [2, 'incident.monitoring'],
    [1, 'incident.investigating'],
  ]);
  const first = (await request(api.url).get(`${path}?limit=2`)).body;
  const second = (await request(api.url).get(`${path}?limit=2&cursor=${first.next_cursor}`)).body;
  expect([...first.data, ...second.data]).toEqual(all.data);
  expect(second.next_cursor).toBeNull();
});

test('pages can be added, are polled with the others, and removed', async () => {
  api = await startApi();
  const url = await servePage(() => ({ status: 200, body: outage }));
  const add = (body: object) => request(api.url).post('/status-pages').send(body);
  expect((await add({ name: 'my-vendor', url })).status).toBe(201);
  expect((await add({ name: 'my-vendor', url })).status).toBe(409);
  expect((await add({ name: 'braze', url })).status).toBe(409);
  const wrong = await add({ name: 'My Vendor', url: 'ftp://x' });
  expect(wrong.status).toBe(400);
  expect(wrong.body.errors.map(({ path }: { path: string }) => path)).toEqual(['name', 'url']);

  expect((await pull()).body).toEqual({
    fetched: { spreedly: 2, braze: 1, 'my-vendor': 1 },
    stored: 3,
    routed: 2,
  });
  const { data } = (await request(api.url).get('/status-pages')).body;
  expect(data).toMatchObject([
    { name: 'spreedly', from: 'environment', url: null, last_error: null },
    { name: 'braze', from: 'environment' },
    { name: 'my-vendor', from: 'api', url, fetched: 1 },
  ]);
  expect((await request(api.url).delete('/status-pages/my-vendor')).status).toBe(204);
  expect((await request(api.url).delete('/status-pages/my-vendor')).status).toBe(404);
});

test.each(['kind=nonsense', 'severity=fatal', 'since=yesterday', 'type=', 'source=a&source=b'])(
  'GET /events?%s → 400',
  async (query) => {
    api = await startApi();
    const answer = await request(api.url).get(`/events?${query}`);
    expect([answer.status, answer.body.errors?.length]).toEqual([400, 1]);
  },
);

test('GET /events filters by source, kind, severity, type and time', async () => {
  api = await startApi();
  await pull();
  const ids = async (query: string) => {
    const { body } = await request(api.url).get(`/events?${query}`);
    return body.events.map(({ event_id }: { event_id: string }) => event_id.split('@')[0]);
  };
  expect(await ids('source=braze_status')).toEqual(['comp_dashboard']);
  expect(await ids('kind=incident')).toEqual(['inc_spreedly_1']);
  expect(await ids('severity=warning')).toEqual(['comp_dashboard']);
  expect(await ids('type=component.degraded_performance')).toEqual(['comp_dashboard']);
  expect(await ids('source=braze_status&kind=incident')).toEqual([]);
  expect((await ids(`since=${new Date(Date.now() - 60_000).toISOString()}`)).length).toBe(2);
  expect(await ids(`until=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([]);
});

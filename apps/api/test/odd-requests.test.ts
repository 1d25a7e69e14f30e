import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
let subscription: string;

beforeAll(async () => {
  api = await startApi();
  const made = await request(api.url).post('/subscriptions').send({ url: 'https://receiver.example' });
  subscription = made.body.id;
  await request(api.url).post('/stores').send({ location: 'here' });
});

afterAll(() => api.stop());

function post(path: string, json: string) {
  return request(api.url).post(path).set('content-type', 'application/json').send(json);
}

function nested(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`;
}

/** What `any-request.test.ts` looks for, and was once answered 500. */
describe('JSON too deep to be written again', () => {
  const event = {
    event_id: 'e',
    source: 's',
    kind: 'event',
    severity: 'info',
    service: 's',
    summary: 's',
    description: null,
    started_at: '2024-01-01T00:00:00Z',
    resolved_at: null,
  };
  const eventWith = (raw: string) => `${JSON.stringify(event).slice(0, -1)},"raw":${raw}}`;

  test.each([
    ['/subscriptions/{id}/test', (deep: string) => `{"data":${deep}}`, 63],
    ['/subscriptions/preview', (deep: string) => `{"sample":${deep}}`, 63],
    ['/alerts/preview', (deep: string) => `{"location":"here","more":${deep}}`, 63],
    ['/alerts/drill', (deep: string) => `{"location":"here","more":${deep}}`, 63],
    ['/destinations/pagerduty', eventWith, 64],
  ])('POST %s says so', async (path, bodyWith, most) => {
    const to = path.replace('{id}', subscription);
    const refused = await post(to, bodyWith(nested(most + 1)));
    expect([refused.status, refused.body.reason]).toEqual([400, 'too_deep']);
    expect((await post(to, bodyWith(nested(most)))).status).toBeLessThan(300);
  });

  test('what the stand-in for PagerDuty took can be looked at', async () => {
    await post('/destinations/pagerduty', eventWith(nested(64)));
    expect((await request(api.url).get('/destinations/pagerduty')).status).toBe(200);
  });
});

test('a NUL names no status page, and is in no URL of one', async () => {
  expect((await request(api.url).delete('/status-pages/%00')).status).toBe(404);
  const { status, body } = await post('/status-pages', '{"name":"vendor","url":"https://a.example/\\u0000"}');
  expect([status, body.errors[0].path]).toEqual([400, 'url']);
});

test('a path that cannot be decoded is answered with the id of the request', async () => {
  const { status, body, headers } = await request(api.url)
    .post('/ingest/%E0%A4')
    .set('x-request-id', 'mine')
    .send({});
  expect([status, body.request_id, headers['x-request-id']]).toEqual([400, 'mine', 'mine']);
});

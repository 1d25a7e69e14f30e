import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

// The first mistakes of who meets us, and that the answer says what would be right.

let api: RunningApi;

beforeAll(async () => {
  api = await startApi({ STRIPE_WEBHOOK_SECRET: '' });
});

afterAll(() => api.stop());

function post(path: string, body: string, type = 'application/json') {
  return request(api.url).post(path).set('content-type', type).send(body);
}

test('a Stripe event while there is no secret: which variable to set', async () => {
  const { status, body } = await post('/ingest/stripe', '{}');
  expect([status, body.reason]).toEqual([503, 'not_configured']);
  expect(body.detail).toMatch(/^STRIPE_WEBHOOK_SECRET must be set to the signing secret/);
});

test.each(['/webhooks/alerts', '/events', '/subscriptions', '/stores'])(
  '%s: a form instead of JSON: what curl must be told; a comma too many: where',
  async (path) => {
    const form = await post(path, 'name=x', 'application/x-www-form-urlencoded');
    expect([form.status, form.body.detail]).toEqual([
      415,
      expect.stringContaining("-H 'content-type: application/json'"),
    ]);
    const broken = await post(path, '{\n  "name": "x",\n}');
    expect([broken.status, broken.body.detail]).toEqual([
      400,
      expect.stringMatching(/\(line 3, column 1\)\. A comma may not stand before a closing bracket\./),
    ]);
  },
);

test.each([
  ['/webhook/alerts', 'There is no POST /webhook/alerts. Did you mean POST /webhooks/alerts?'],
  ['/subscription', 'There is no POST /subscription. Did you mean POST /subscriptions?'],
  ['/nothing/like/it', 'There is no POST /nothing/like/it.'],
])('POST %s is 404: %s', async (path, detail) => {
  const { status, body } = await post(path, '{}');
  expect([status, body.reason, body.detail]).toEqual([404, 'not_found', detail]);
});

test('the wrong method is 405, with the right ones', async () => {
  const { status, body, headers } = await request(api.url).put('/webhooks/alerts').send({});
  expect([status, body.reason, headers.allow]).toEqual([405, 'method_not_allowed', 'POST']);
  expect(body.detail).toBe('/webhooks/alerts is there for POST, not for PUT.');
});

test('an alert of a store nobody told us of is taken, and the log says that it concerns nobody', async () => {
  const alert_uuid = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
  const alert = {
    url: 'https://example.com/c.mp4',
    location: 'nowhere',
    alert_uuid,
    label: 'theft',
    time_spotted: 1,
  };
  expect((await post('/webhooks/alerts', JSON.stringify(alert))).status).toBe(202);
  const line = api.lines.find(({ msg, event_id }) => msg === 'signal.received' && event_id === alert_uuid);
  expect(line).toMatchObject({ outcome: 'accepted', unknown_store: true });
});

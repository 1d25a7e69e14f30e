import request, { type Test } from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  // Where errors are told more of, if anywhere.
  process.env.NODE_ENV = 'development';
  api = await startApi({ PAGERDUTY_MOCK: 'true' });
});

afterAll(() => api.stop());

const get = (path: string) => () => request(api.url).get(path);
const post = (path: string, body: string) => () =>
  request(api.url).post(path).set('content-type', 'application/json').send(body);
const id = '0191c0de-0000-7000-8000-000000000000';

const answers: [string, () => Test][] = [
  ['a list', get('/users')],
  ['a missing thing', get(`/users/${id}`)],
  ['a bad id', get('/users/1')],
  ['a bad query', get('/events?limit=x')],
  ['a missing path', get('/none')],
  ['a path that cannot be decoded', get('/users/%ff')],
  ['a bad body', post('/users', '{"name":1}')],
  ['a broken body', post('/users', '{')],
  ['a bad alert', post('/webhooks/alerts', '{}')],
  ['a broken event', post('/events', '{')],
  ['a missing signature', post('/ingest/stripe', '{}')],
  ['a missing subscription', post(`/ingest/${id}`, '{}')],
  ['the health', get('/healthz')],
  ['the login page', get('/login')],
  ['the board', get('/admin/queues/')],
  ['a missing file of the board', get('/admin/queues/static/none.js')],
  ['a path of the board that cannot be decoded', get('/admin/queues/static/%ff')],
  ['a missing queue', get('/admin/queues/api/queues/none/x')],
  ['a broken body for the board', post('/admin/queues/api/queues/deliver-email/add', '{')],
  ['a bad body for the board', post('/admin/queues/api/queues/deliver-email/add', '{"name":{}}')],
  ['an unsupported method', () => request(api.url).put('/healthz')],
  ['a bad length', () => request(api.url).post('/users').set('content-encoding', 'gzip').send('no gzip')],
];

test.each(answers)('%s: nothing is said of what we run on, and its type is meant', async (_, ask) => {
  const { headers, text } = await ask();
  expect(headers).not.toHaveProperty('x-powered-by');
  expect(headers).not.toHaveProperty('server');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(text).not.toMatch(/node_modules|node:internal|\.js:\d+|\n\s+at /);
  expect(`${text}${JSON.stringify(headers)}`).not.toMatch(/express|node\.js|bullmq|ioredis|postgresql/i);
});

describe('a page', () => {
  const policyOf = async (path: string) => (await get(path)()).headers['content-security-policy'];

  test.each(['/login', '/admin/queues/', '/users'])('at %s may do as little as possible', async (path) => {
    const { headers } = await get(path)();
    const policy = headers['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|upgrade-insecure|https?:|\*/);
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'referrer-policy': 'same-origin' });
  });

  test('names no base but that of the board', async () => {
    expect(await policyOf('/login')).toContain("base-uri 'none'");
    expect(await policyOf('/admin/queues/')).toContain("base-uri 'self'");
  });

  test('is for HTTPS alone in production, and there only', async () => {
    expect((await get('/login')()).headers).not.toHaveProperty('strict-transport-security');
    const other = await startApi({ NODE_ENV: 'production', API_KEYS: `admin:${'k'.repeat(32)}` });
    const { headers } = await request(other.url).get('/login');
    await other.stop();
    expect(headers['strict-transport-security']).toBe('max-age=15552000');
  });
});

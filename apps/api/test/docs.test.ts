import { newApiKey } from '@signalbox/domain';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

const key = newApiKey();
const reader = { authorization: `Bearer ${key}` };

let api: RunningApi;

beforeAll(async () => {
  api = await startApi({ API_KEYS: `read:${key}` });
});

afterAll(() => api.stop());

const get = (path: string) => request(api.url).get(path).set(reader);

test('a page that loads what it needs from us, and has no script or style of its own', async () => {
  const { text, headers } = await get('/docs');
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toContain("script-src 'self';style-src 'self';");
  expect(text).not.toMatch(/<style|style=|<script>|https?:/);
  const parts = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(parts).toEqual(['/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/docs/start.js']);
  const answers = await Promise.all(parts.map((path) => get(path).buffer(true)));
  expect(answers.map(({ status, type }) => [status, type])).toEqual([
    [200, 'text/css'],
    [200, 'text/javascript'],
    [200, 'text/javascript'],
  ]);
});

test.each(['swagger-ui-bundle.js.map', 'index.html', 'package.json', '..%2fpackage.json'])(
  'nothing else of Swagger UI: %s',
  async (file) => {
    expect((await get(`/docs/${file}`)).status).toBe(404);
  },
);

test('the document is for those with a key; browsers without one log in', async () => {
  expect((await get('/openapi.json')).body.info).toMatchObject({ title: 'Signalbox' });
  expect((await request(api.url).get('/openapi.json')).body.reason).toBe('no_key');
  const page = await request(api.url).get('/docs').set({ accept: 'text/html' }).redirects(0);
  expect([page.status, page.headers.location]).toEqual([303, '/login?next=%2Fdocs']);
});

import { grants, newApiKey, type Scope, scopes } from '@signalbox/domain';
import express from 'express';
import request from 'supertest';
import { type Access, access } from '../src/access.js';
import { type Route, routesOf, watchMounts } from './routes-of.js';
import { type RunningApi, startApi } from './running-api.js';

watchMounts();

const keys = Object.fromEntries(scopes.map((scope) => [scope, newApiKey()])) as Record<Scope, string>;
const credentials = { ...keys, nobody: undefined, nonsense: newApiKey(), revoked: '' };
const admin = { authorization: `Bearer ${keys.admin}` };

let api: RunningApi;
/** Of a subscription whose senders need not sign. */
let unsigned: string;

beforeAll(async () => {
  api = await startApi({ API_KEYS: scopes.map((scope) => `${scope}:${keys[scope]}`).join() });
  const made = await request(api.url)
    .post('/subscriptions')
    .set(admin)
    .send({ url: 'https://example.com/x' });
  unsigned = made.body.id;
  const { body } = await request(api.url).post('/api-keys').set(admin).send({ name: 'old', scope: 'admin' });
  credentials.revoked = body.key;
  expect((await request(api.url).delete(`/api-keys/${body.id}`).set(admin)).status).toBe(204);
});

afterAll(() => api.stop());

const table = express.Router();
for (const entry of access) {
  table[entry.method](entry.path, (_request, response) => {
    response.locals.entry = entry;
  });
}

/** The entry that the guard goes by. */
function entryOf(route: Route): Access | undefined {
  const method = route.method === 'all' ? 'GET' : route.method.toUpperCase();
  const response = { locals: {} as { entry?: Access } };
  table({ method, url: sampleOf(route) } as never, response as never, () => undefined);
  return response.locals.entry;
}

function sampleOf({ path }: Route): string {
  return path.replace(':subscription_id', unsigned ?? anId).replace(/[:*]\w+/g, anId);
}

const anId = '0191d7a0-0000-7000-8000-000000000000';

test('every route stands in the table of access', () => {
  const routes = routesOf(api.app);
  expect(routes.length).toBeGreaterThan(access.length);
  expect(routes.filter((route) => !entryOf(route))).toEqual([]);
});

test('every entry of the table is about a route', () => {
  const used = new Set(routesOf(api.app).map(entryOf));
  expect(access.filter((entry) => !used.has(entry))).toEqual([]);
});

test('what is open, what goes by a signature, and what changes nothing although it is posted', () => {
  const named = (holds: (entry: Access) => boolean) =>
    access.filter(holds).map(({ method, path }) => `${method} ${path}`);
  expect(named(({ needs }) => needs === 'open')).toEqual([
    'get /healthz',
    'get /readyz',
    'get /login',
    'get /login.css',
    'post /session',
    'post /session/end',
    'delete /session',
  ]);
  expect(named(({ needs }) => needs === 'sender')).toEqual([
    'post /ingest/stripe',
    'post /ingest/:subscription_id',
    'post /webhooks/alerts',
  ]);
  expect(named(({ method, needs }) => needs === 'read' && method !== 'get')).toEqual([
    'post /ai/summarize',
    'post /alerts/preview',
    'post /subscriptions/preview',
  ]);
});

test('a route that is in no table is for admins alone', async () => {
  const answers = await Promise.all(
    [undefined, keys.operate, keys.admin].map((key) => call({ method: 'get', path: '/nothing-here' }, key)),
  );
  expect(answers).toEqual(['401 no_key', '403 wrong_scope', 'passes']);
});

test('every route, with every kind of key and with none', async () => {
  const wrong: unknown[] = [];
  let asked = 0;
  for (const route of routesOf(api.app)) {
    for (const [name, key] of Object.entries(credentials)) {
      const answer = await call(route, key);
      asked += 1;
      const expected = expectedOf(entryOf(route)?.needs ?? 'admin', route, name);
      if (answer !== expected) wrong.push({ ...route, name, answer, expected });
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(500);
});

async function call(route: Route, key: string | undefined): Promise<string> {
  const method = (route.method === 'all' ? 'get' : route.method) as 'get';
  const asked = request(api.url)[method](sampleOf(route)).redirects(0);
  if (key !== undefined) asked.set('authorization', `Bearer ${key}`);
  const { status, body, headers } = await (method === 'get' ? asked : asked.send({}));
  if (status !== 401 && status !== 403) return 'passes';
  if (status === 401) expect(headers['www-authenticate']).toBe('Bearer');
  return `${status} ${body.reason}`;
}

function expectedOf(needs: Access['needs'], { path }: Route, name: string): string {
  // Its senders sign, always; whoever does not is told so, and not asked for a key.
  if (needs === 'open' || path === '/ingest/stripe') return 'passes';
  if (name === 'nobody') return '401 no_key';
  if (name === 'nonsense' || name === 'revoked') return '401 unknown_key';
  return grants(name as Scope, needs === 'sender' ? 'ingest' : needs) ? 'passes' : '403 wrong_scope';
}

import { newApiKey } from '@signalbox/domain';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

const adminKey = newApiKey();
const readKey = newApiKey();
const html = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8';

let api: RunningApi;

beforeEach(async () => {
  api = await startApi({ API_KEYS: `admin:${adminKey},read:${readKey}`, TRUST_PROXY: '1' });
});

afterEach(() => api.stop());

function logIn(fields: Record<string, string>) {
  return request(api.url).post('/session').type('form').send(fields).redirects(0);
}

async function cookieOf(key: string): Promise<string> {
  const answer = await request(api.url).post('/session').send({ key });
  expect(answer.status).toBe(200);
  return String(answer.headers['set-cookie']).split(';')[0] as string;
}

test('a browser is led to the login page, logs in, and is led back', async () => {
  const page = '/admin/queues/queue/deliver-webhook?status=failed';
  const sent = await request(api.url).get(page).set('accept', html).redirects(0);
  expect([sent.status, sent.headers.location]).toEqual([303, `/login?next=${encodeURIComponent(page)}`]);
  const shown = await request(api.url).get(String(sent.headers.location));
  expect(shown.text).toContain(`name="next" value="${page}"`);
  expect(shown.headers['cache-control']).toBe('no-store');

  const answer = await logIn({ key: ` ${readKey} `, next: page });
  expect([answer.status, answer.headers.location]).toEqual([303, page]);
  const cookie = String(answer.headers['set-cookie']);
  expect(cookie).toMatch(/^signalbox_session=[\w-]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/);
  expect(cookie).not.toContain(readKey);
  const board = await request(api.url).get('/admin/queues').set({ cookie, accept: html });
  expect([board.status, board.text.includes('Signalbox')]).toEqual([200, true]);
});

test('programs are not led anywhere', async () => {
  for (const headers of [
    { accept: 'application/json' },
    { accept: '*/*' },
    { accept: html, authorization: 'Bearer x' },
  ]) {
    expect((await request(api.url).get('/events').set(headers).redirects(0)).status).toBe(401);
  }
  expect((await request(api.url).post('/partners').set('accept', html).redirects(0)).status).toBe(401);
});

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
])('whoever logs in is not led to %j', async (next) => {
  expect((await logIn({ key: readKey, next })).headers.location).toBe('/admin/queues');
  const page = await request(api.url).get('/login').query({ next });
  expect(page.text).toContain('name="next" value="/admin/queues"');
});

test('the page runs nothing that a link brings along, and nothing inline', async () => {
  const { text } = await request(api.url).get('/login').query({ next: '/"><script>alert(1)</script>' });
  expect(text).toContain('value="/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  expect(text).not.toMatch(/<script|<style|style=| on\w+=/);
  expect((await request(api.url).get('/login.css')).headers['content-type']).toContain('text/css');
});

test('a wrong key: the page says so, and JSON is answered with a problem', async () => {
  const page = await logIn({ key: newApiKey(), next: '/events' });
  expect([page.status, page.headers['set-cookie']]).toEqual([401, undefined]);
  expect(page.text).toMatch(/role="alert">There is no such API key/);
  expect(page.text).toContain('name="next" value="/events"');
  const answer = await request(api.url).post('/session').send({ key: 'x' });
  expect([answer.status, answer.body.reason]).toEqual([401, 'unknown_key']);
  const empty = await request(api.url).post('/session').send({});
  expect([empty.status, empty.body.reason]).toEqual([422, 'invalid_body']);
});

test('after ten attempts within a minute an address has to wait', async () => {
  const tries = Array.from({ length: 11 }, () => request(api.url).post('/session').send({ key: 'x' }));
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  const late = await logIn({ key: readKey });
  expect([late.status, late.headers['retry-after']]).toEqual([429, '60']);
  expect(late.text).toContain('more than ten attempts');
  const elsewhere = await request(api.url)
    .post('/session')
    .set('x-forwarded-for', '192.0.2.7')
    .send({ key: readKey });
  expect(elsewhere.status).toBe(200);
});

test('the cookie is for https where the request came by it', async () => {
  const answer = await logIn({ key: readKey }).set('x-forwarded-proto', 'https');
  expect(String(answer.headers['set-cookie'])).toMatch(/; Secure$/);
});

test('a session may do what its key may', async () => {
  const cookie = await cookieOf(readKey);
  const call = (path: string) => request(api.url).get(path).set('cookie', cookie);
  expect((await call('/events')).status).toBe(200);
  const refused = await call('/api-keys');
  expect([refused.status, refused.body.detail]).toEqual([
    403,
    'This needs a key with the scope admin; yours has the scope read.',
  ]);
});

test('with a cookie, only a page of ours changes anything', async () => {
  const cookie = await cookieOf(adminKey);
  const host = new URL(api.url).host;
  const add = async (headers: Record<string, string>) => {
    const answer = await request(api.url).post('/partners').set(headers).send({ name: 'x' });
    return answer.status === 403 ? answer.body.reason : answer.status;
  };
  expect(await add({ cookie, 'sec-fetch-site': 'same-origin' })).toBe(201);
  expect(await add({ cookie, origin: `http://${host}` })).toBe(201);
  expect(await add({ cookie })).toBe('cross_site');
  expect(await add({ cookie, 'sec-fetch-site': 'same-site', origin: `http://${host}` })).toBe('cross_site');
  expect(await add({ cookie, 'sec-fetch-site': 'cross-site' })).toBe('cross_site');
  expect(await add({ cookie, origin: 'http://evil.example' })).toBe('cross_site');
  expect(await add({ cookie, origin: 'null' })).toBe('cross_site');
  // A page elsewhere cannot send a key.
  expect(await add({ authorization: `Bearer ${adminKey}`, origin: 'http://evil.example' })).toBe(201);
});

test('another site logs nobody in or out', async () => {
  const elsewhere = { 'sec-fetch-site': 'cross-site' };
  expect((await logIn({ key: readKey }).set(elsewhere)).status).toBe(403);
  expect((await request(api.url).delete('/session').set(elsewhere)).status).toBe(403);
  expect((await request(api.url).post('/session/end').set(elsewhere).redirects(0)).status).toBe(403);
});

test('logging out takes the cookie away', async () => {
  const ended = await request(api.url).post('/session/end').redirects(0);
  expect([ended.status, ended.headers.location]).toEqual([303, '/login']);
  expect(String(ended.headers['set-cookie'])).toMatch(/^signalbox_session=; .*Max-Age=0/);
  const deleted = await request(api.url).delete('/session');
  expect([deleted.status, String(deleted.headers['set-cookie'])]).toEqual([
    204,
    String(ended.headers['set-cookie']),
  ]);
});

test('a session dies with its key', async () => {
  const admin = { authorization: `Bearer ${adminKey}` };
  const { body } = await request(api.url).post('/api-keys').set(admin).send({ name: 'x', scope: 'read' });
  const cookie = await cookieOf(body.key);
  const read = () => request(api.url).get('/events').set('cookie', cookie);
  expect((await read()).status).toBe(200);
  await request(api.url).delete(`/api-keys/${body.id}`).set(admin);
  expect((await read()).status).toBe(401);
});

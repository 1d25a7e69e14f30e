import { randomUUID } from 'node:crypto';
import { newApiKey, signHub } from '@signalbox/domain';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

afterEach(() => api.stop());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it never held');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('where there are no keys', () => {
  beforeEach(async () => {
    api = await startApi();
  });

  const create = (body: object, key = '') => request(api.url).post('/api-keys').set(bearer(key)).send(body);

  test('everything is open until the first is made, which must be for admins', async () => {
    expect((await request(api.url).get('/partners').set(bearer('nonsense'))).status).toBe(200);
    const refused = await create({ name: 'mine', scope: 'read' });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [{ path: 'scope', message: expect.stringMatching(/^must be admin: the first key closes everything/) }],
    ]);
    const made = await create({ name: 'mine', scope: 'admin' });
    expect(made.status).toBe(201);
    const { id, key } = made.body;
    expect(made.body).toMatchObject({
      id,
      name: 'mine',
      scope: 'admin',
      key: expect.stringMatching(/^sbx_\w{32}$/),
    });
    expect((await request(api.url).get('/partners')).body.reason).toBe('no_key');
    expect((await request(api.url).get('/partners').set(bearer(key))).status).toBe(200);
    expect((await create({ name: 'other', scope: 'read' }, key)).status).toBe(201);
  });

  test('open means to programs and to our own pages, not to what another site makes a browser send', async () => {
    const add = (headers: Record<string, string>) =>
      request(api.url).post('/partners').set(headers).send({ name: 'x' });
    expect((await add({})).status).toBe(201);
    expect((await add({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    expect((await add({ 'sec-fetch-site': 'cross-site' })).body.reason).toBe('cross_site');
    expect((await add({ origin: 'https://evil.example' })).body.reason).toBe('cross_site');
  });

  test('a key is shown once, and kept nowhere', async () => {
    const { key } = (await create({ name: 'mine', scope: 'admin' })).body;
    const list = await request(api.url).get('/api-keys').set(bearer(key));
    expect(list.text).not.toContain(key);
    const { rows } = await api.pool.query('select row_to_json(k)::text as text from api_keys k');
    expect(rows).toHaveLength(1);
    expect(rows[0].text).not.toContain(key);
    expect(JSON.stringify(api.lines)).not.toContain(key);
  });

  test('a key is listed with its last use', async () => {
    const { key, id } = (await create({ name: 'mine', scope: 'admin' })).body;
    const listed = async () => (await request(api.url).get('/api-keys').set(bearer(key))).body.data[0];
    await eventually(async () => (await listed()).last_used_at !== null);
    const { created_at, last_used_at, ...rest } = await listed();
    expect(rest).toEqual({ id, name: 'mine', scope: 'admin', from: 'api', revoked_at: null });
    expect(new Date(last_used_at) >= new Date(created_at)).toBe(true);
  });

  test.each([
    [{ name: '', scope: 'admin' }, 'name'],
    [{ name: 'x', scope: 'root' }, 'scope'],
    [{ name: 'x' }, 'scope'],
    [{ name: 'x', scope: 'admin', key: 'mine' }, 'key'],
  ])('%j is refused', async (body, path) => {
    const answer = await create(body);
    expect([answer.status, answer.body.errors.map((error: { path: string }) => error.path)]).toEqual([
      422,
      [path],
    ]);
  });

  test('of the last one revoked, everything is open again', async () => {
    const { key, id } = (await create({ name: 'mine', scope: 'admin' })).body;
    expect((await request(api.url).delete(`/api-keys/${id}`).set(bearer(key))).status).toBe(204);
    expect((await request(api.url).get('/partners')).status).toBe(200);
  });
});

describe('with a key of the environment', () => {
  const admin = newApiKey();

  beforeEach(async () => {
    api = await startApi({ API_KEYS: `admin:${admin}` });
  });

  const create = (scope: string) =>
    request(api.url).post('/api-keys').set(bearer(admin)).send({ name: scope, scope });

  test('it is listed on top, and the others page by page', async () => {
    const ids = [(await create('read')).body.id, (await create('ingest')).body.id].toReversed();
    const first = await request(api.url).get('/api-keys?limit=1').set(bearer(admin));
    expect(first.body.data).toMatchObject([
      { id: null, name: 'API_KEYS #1', scope: 'admin', from: 'environment', revoked_at: null },
      { id: ids[0], scope: 'ingest', from: 'api' },
    ]);
    const second = await request(api.url)
      .get(`/api-keys?limit=1&cursor=${first.body.next_cursor}`)
      .set(bearer(admin));
    expect(second.body.data).toMatchObject([{ id: ids[1], scope: 'read' }]);
  });

  test('revoking ends a key here at once, and again changes nothing; one that is none is not there', async () => {
    const { id, key } = (await create('read')).body;
    const read = () => request(api.url).get('/partners').set(bearer(key));
    expect((await read()).status).toBe(200);
    const revoke = () => request(api.url).delete(`/api-keys/${id}`).set(bearer(admin));
    expect((await revoke()).status).toBe(204);
    expect((await read()).body.reason).toBe('unknown_key');
    const { body } = await request(api.url).get('/api-keys').set(bearer(admin));
    expect((await revoke()).status).toBe(204);
    expect((await request(api.url).get('/api-keys').set(bearer(admin))).body).toEqual(body);
    expect(body.data[1].revoked_at).not.toBeNull();
    expect((await request(api.url).delete(`/api-keys/${randomUUID()}`).set(bearer(admin))).status).toBe(404);
  });

  test('another API hears nothing of it, and knows within a second', async () => {
    const first = api;
    const { connectionString } = first.pool.options;
    const second = await startApi({ API_KEYS: `admin:${admin}`, DATABASE_URL: String(connectionString) });
    try {
      const { id, key } = (await create('read')).body;
      const read = () => request(second.url).get('/partners').set(bearer(key));
      await eventually(async () => (await read()).status === 200);
      const asked = Date.now();
      await request(first.url).delete(`/api-keys/${id}`).set(bearer(admin));
      await eventually(async () => (await read()).status === 401);
      expect(Date.now() - asked).toBeLessThan(1_500);
    } finally {
      await second.stop();
    }
  });

  test('without Postgres it goes on working; a key that may be kept there waits', async () => {
    const alone = await startApi({
      API_KEYS: `admin:${admin}`,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    });
    try {
      const read = (key: string) => request(alone.url).get('/metrics').set(bearer(key));
      expect((await read(admin)).status).toBe(200);
      expect((await read(newApiKey())).status).toBe(503);
      expect((await request(alone.url).get('/metrics')).status).toBe(401);
    } finally {
      await alone.stop();
    }
  });
});

describe('a door with a secret', () => {
  const publisher = newApiKey();
  const alert = Buffer.from(
    JSON.stringify({
      url: 'https://example.com/c.mp4',
      location: 'x',
      alert_uuid: randomUUID(),
      label: 'theft',
      time_spotted: 1,
    }),
  );

  test('takes the signature and nothing else', async () => {
    const secret = 'the secret of the cameras';
    api = await startApi({ API_KEYS: `ingest:${publisher}`, ALERTS_SECRET: secret });
    const send = (headers: Record<string, string>) =>
      request(api.url)
        .post('/webhooks/alerts/')
        .set({ 'content-type': 'application/json', ...headers })
        .send(alert.toString());
    expect((await send({ 'x-hub-signature-256': signHub(secret, alert) })).status).toBe(202);
    expect((await send(bearer(publisher))).body.reason).toBe('bad_signature');
  });

  test('that of a subscription, too; without one it takes a key', async () => {
    const admin = newApiKey();
    api = await startApi({ API_KEYS: `ingest:${publisher},admin:${admin}` });
    const ingest_secret = 'a secret of its own';
    const add = async (body: object) =>
      (
        await request(api.url)
          .post('/subscriptions')
          .set(bearer(admin))
          .send({ url: 'https://example.com/', ...body })
      ).body.id;
    const [signed, unsigned] = [await add({ ingest_secret }), await add({})];
    const send = async (id: string, headers: Record<string, string>) => {
      const { status, body } = await request(api.url).post(`/ingest/${id}`).set(headers).send({ a: 1 });
      return status === 202 ? status : body.reason;
    };
    const signature = { 'x-hub-signature-256': signHub(ingest_secret, Buffer.from('{"a":1}')) };
    expect(await send(signed, signature)).toBe(202);
    expect(await send(signed, bearer(publisher))).toBe('bad_signature');
    expect(await send(unsigned, {})).toBe('no_key');
    expect(await send(unsigned, signature)).toBe('no_key');
    expect(await send(unsigned, bearer(publisher))).toBe(202);
  });
});

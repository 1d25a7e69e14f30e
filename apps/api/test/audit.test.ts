import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newApiKey, newId, onCall } from '@signalbox/domain';
import { type AuditRow, keepRejected, newestRejected, storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import { openQueue } from '@signalbox/redis';
import request, { type Response } from 'supertest';
import { access } from '../src/access.js';
import { routesOf, watchMounts } from './routes-of.js';
import { type RunningApi, startApi } from './running-api.js';

watchMounts();

const admin = newApiKey();
let api: RunningApi;

beforeAll(async () => {
  api = await startApi({ API_KEYS: `admin:${admin}` });
});

afterAll(() => api.stop());

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

function call(method: Method, path: string, body?: object) {
  return request(api.url)[method](path).set('authorization', `Bearer ${admin}`).send(body);
}

async function audit(query = ''): Promise<AuditRow[]> {
  const { status, body } = await call('get', `/audit?limit=500&${query}`);
  expect(status).toBe(200);
  return body.data;
}

/** What a request left on record. */
async function recordsOf(response: Response): Promise<AuditRow[]> {
  return (await audit()).filter(({ request_id }) => request_id === response.headers['x-request-id']);
}

/** What was done on the board is put on record once it is answered. */
async function recordOf(response: Response): Promise<AuditRow> {
  for (let tries = 0; tries < 200; tries++) {
    const [record, ...others] = await recordsOf(response);
    expect(others).toEqual([]);
    if (record) return record;
    await sleep(10);
  }
  throw new Error(`${response.request.url} is not on record`);
}

async function newStore(): Promise<string> {
  const location = `store ${randomUUID()}`;
  await call('post', '/stores', { location });
  return location;
}

async function made(path: string, body: object): Promise<string> {
  const answer = await call('post', path, body);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

const newUser = () => made('/users', { name: 'Ann' });
const newPartner = () => made('/partners', { name: 'Acme' });
const newSubscription = (change: object = {}) =>
  made('/subscriptions', { url: 'http://127.0.0.1:9/hook', ...change });

async function newDelivery(status: string): Promise<string> {
  const target = { ...onCall, channel: 'notification', target: newId() };
  const [stored] = await storeSignals(api.pool, [newSignal({}, [target])]);
  const id = stored?.owed[0]?.id as string;
  await api.pool.query('update deliveries set status = $2 where id = $1', [id, status]);
  return id;
}

const alert = (change: object = {}) => ({
  url: 'https://media.example.com/clip.mp4',
  location: 'nowhere',
  alert_uuid: randomUUID(),
  label: 'theft',
  time_spotted: 1_705_315_200,
  ...change,
});

/** One that today's rules take. */
async function newRejected(): Promise<string> {
  await keepRejected(api.pool, {
    source: 'alerts',
    reason: 'unknown_label',
    detail: 'unknown',
    errors: [],
    subscriptionId: null,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(alert())),
    correlationId: 'request-1',
  });
  const [newest] = await newestRejected(api.pool, {}, 1, null);
  return newest?.id as string;
}

async function failedJob(): Promise<string> {
  const queue = openQueue(api.redis, 'email');
  const job = await queue.add('delivery', { ids: [newId()], correlationId: 'x' } as never);
  await queue.close();
  return String(job.id);
}

/** A call of every route that changes something: what it does must be on record. */
const examples: Record<string, () => Promise<Response>> = {
  'post /stores': () => call('post', '/stores', { location: randomUUID() }),
  'patch /stores/:location': async () => call('patch', `/stores/${await newStore()}`, { name: 'New' }),
  'delete /stores/:location': async () => call('delete', `/stores/${await newStore()}`),
  'put /stores/:location/users': async () =>
    call('put', `/stores/${await newStore()}/users`, { users: [{ name: 'Ann' }] }),
  'put /stores/:location/users/:id': async () =>
    call('put', `/stores/${await newStore()}/users/${await newUser()}`),
  'delete /stores/:location/users/:id': async () => {
    const path = `/stores/${await newStore()}/users/${await newUser()}`;
    await call('put', path);
    return call('delete', path);
  },
  'post /users': () => call('post', '/users', { name: 'Ann' }),
  'patch /users/:id': async () => call('patch', `/users/${await newUser()}`, { name: 'Bob' }),
  'delete /users/:id': async () => call('delete', `/users/${await newUser()}`),
  'post /partners': () => call('post', '/partners', { name: 'Acme' }),
  'patch /partners/:id': async () => call('patch', `/partners/${await newPartner()}`, { name: 'Bcme' }),
  'delete /partners/:id': async () => call('delete', `/partners/${await newPartner()}`),
  'post /subscriptions': () => call('post', '/subscriptions', { url: 'http://127.0.0.1:9/' }),
  'patch /subscriptions/:id': async () =>
    call('patch', `/subscriptions/${await newSubscription()}`, { enabled: false }),
  'delete /subscriptions/:id': async () => call('delete', `/subscriptions/${await newSubscription()}`),
  'post /subscriptions/:id/rotate-secret': async () =>
    call('post', `/subscriptions/${await newSubscription()}/rotate-secret`),
  'post /subscriptions/:id/test': async () => call('post', `/subscriptions/${await newSubscription()}/test`),
  'post /status-pages': () =>
    call('post', '/status-pages', { name: 'acme', url: 'http://127.0.0.1:9/summary.json' }),
  'delete /status-pages/:name': async () => {
    await call('post', '/status-pages', { name: 'bcme', url: 'http://127.0.0.1:9/summary.json' });
    return call('delete', '/status-pages/bcme');
  },
  'post /ingest/pull-status': () => call('post', '/ingest/pull-status'),
  'post /deliveries/replay': async () => call('post', '/deliveries/replay', { filter: { status: 'failed' } }),
  'post /deliveries/:id/replay': async () =>
    call('post', `/deliveries/${await newDelivery('failed')}/replay`),
  'post /deliveries/:id/cancel': async () =>
    call('post', `/deliveries/${await newDelivery('pending')}/cancel`),
  'post /alerts/drill': async () => call('post', '/alerts/drill', alert({ location: await newStore() })),
  'post /rejected/resubmit': () => call('post', '/rejected/resubmit', { filter: {} }),
  'post /rejected/:id/resubmit': async () => call('post', `/rejected/${await newRejected()}/resubmit`),
  'post /rejected/:id/dismiss': async () => call('post', `/rejected/${await newRejected()}/dismiss`),
  'post /api-keys': () => call('post', '/api-keys', { name: 'ci', scope: 'read' }),
  'delete /api-keys/:id': async () =>
    call('delete', `/api-keys/${await made('/api-keys', { name: 'ci', scope: 'read' })}`),
  'all /admin/queues{/*rest}': async () =>
    call('put', `/admin/queues/api/queues/deliver-email/${await failedJob()}/clean`),
};

/** What the app really serves that needs more than a key to read or to send with; the board's routes are one. */
function changingRoutes(): string[] {
  const table = new Map(access.map(({ method, path, needs }) => [`${method} ${path}`, needs]));
  const routes = routesOf(api.app)
    .filter(({ method }) => method !== 'get')
    .map(({ method, path }) =>
      path.startsWith('/admin/queues') ? 'all /admin/queues{/*rest}' : `${method} ${path}`,
    );
  return [...new Set(routes)].filter((route) => ['operate', 'admin'].includes(table.get(route) ?? 'admin'));
}

test('every route that changes something is known here', () => {
  expect(Object.keys(examples).toSorted()).toEqual(changingRoutes().toSorted());
});

test.each(Object.entries(examples))('%s is put on record', async (_route, example) => {
  const response = await example();
  expect([200, 201, 202, 204]).toContain(response.status);
  const { caller, scope, via, address, at } = await recordOf(response);
  expect({ caller, scope, via }).toMatchObject({ scope: 'admin', via: 'key' });
  expect(caller).not.toBe('');
  expect(address).toMatch(/127\.0\.0\.1$/);
  expect(Date.now() - new Date(at).getTime()).toBeLessThan(60_000);
});

test('a change has what differs, before and after; what begins or ends all of it', async () => {
  const location = await newStore();
  const path = `/stores/${encodeURIComponent(location)}`;
  const created = await audit(`action=store.created&target=${encodeURIComponent(location)}`);
  expect(created).toMatchObject([{ target_kind: 'store', before: null, after: { location, users: 0 } }]);
  const changed = await recordOf(await call('patch', path, { name: 'New' }));
  const updated_at = expect.any(String);
  expect(changed).toMatchObject({ action: 'store.changed', target_id: location });
  expect(changed.before).toEqual({ name: location, updated_at });
  expect(changed.after).toEqual({ name: 'New', updated_at });
  const deleted = await recordOf(await call('delete', path));
  expect(deleted).toMatchObject({ action: 'store.deleted', before: { location, name: 'New' }, after: null });
});

test('what changed nothing, or was refused, is not on record', async () => {
  const user = await newUser();
  const location = await newStore();
  const nothing: [Method, string, object?][] = [
    ['patch', `/users/${user}`, { name: 'Ann' }],
    ['patch', `/users/${user}`, { name: 7 }],
    ['post', '/users', { id: user, name: 'Another' }],
    ['post', '/stores', { location }],
    ['delete', '/stores/nowhere'],
    ['put', '/stores/nowhere/users', { users: [] }],
    ['delete', `/users/${randomUUID()}`],
    ['delete', `/api-keys/${randomUUID()}`],
    ['post', `/deliveries/${await newDelivery('pending')}/replay`],
    ['post', `/rejected/${randomUUID()}/dismiss`],
    ['put', '/admin/queues/api/queues/deliver-email/no-such-job/retry'],
    ['get', '/admin/queues/api/queues'],
  ];
  const answers: Response[] = [];
  for (const [method, path, body] of nothing) answers.push(await call(method, path, body));
  // The board's records are written one after the other, so that those before it are there by then.
  await recordOf(await call('put', '/admin/queues/api/queues/resume'));
  for (const answer of answers) expect(await recordsOf(answer)).toEqual([]);
});

test('a wish of someone without a key is not on record, and changes nothing', async () => {
  const answer = await request(api.url).post('/users').send({ name: 'Eve' });
  expect(answer.status).toBe(401);
  expect(await recordsOf(answer)).toEqual([]);
});

test('what cannot be put on record does not happen', async () => {
  const id = await newUser();
  await api.pool.query('alter table audit rename to audit_away');
  const statuses = [
    (await call('patch', `/users/${id}`, { name: 'Unseen' })).status,
    (await call('delete', `/users/${id}`)).status,
    (await call('put', `/stores/${await newStore()}/users`, { users: [{ id, name: 'Unseen' }] })).status,
  ];
  await api.pool.query('alter table audit_away rename to audit');
  expect(statuses).not.toContain(200);
  expect(statuses).not.toContain(204);
  expect((await call('get', `/users/${id}`)).body).toMatchObject({ name: 'Ann', stores: [] });
});

test('secrets are not on record', async () => {
  const secrets = {
    secret: `whsec_${Buffer.alloc(32, 's').toString('base64')}`,
    ingest_secret: 'a-secret-to-be-found',
    headers: { authorization: 'Bearer header-to-be-found' },
  };
  const id = await newSubscription(secrets);
  await call('patch', `/subscriptions/${id}`, { headers: { authorization: 'Bearer other-to-be-found' } });
  const rotated = await call('post', `/subscriptions/${id}/rotate-secret`, { kind: 'ingest' });
  expect((await recordOf(rotated)).action).toBe('subscription.ingest_secret_rotated');
  await call('delete', `/subscriptions/${id}`);
  const slack = 'https://hooks.slack.com/services/T024BE7LD/B03J5K6L7/slack-to-be-found';
  await made('/users', { name: 'Ann', channels: [{ channel: 'slack', address: slack }] });
  const { body: key } = await call('post', '/api-keys', { name: 'ci', scope: 'read' });

  const { rows } = await api.pool.query('select a::text as text from audit a');
  const text = rows.map((row) => row.text).join('\n');
  expect(text).toContain(id);
  for (const secret of [secrets.secret, 'to-be-found', rotated.body.secret, key.key, admin]) {
    expect(text).not.toContain(secret);
  }
});

test('of two thousand users, what became of them is on record, in one row', async () => {
  const location = await newStore();
  const users = Array.from({ length: 2_000 }, (_, index) => ({ name: `user ${index}` }));
  const { after } = await recordOf(await call('put', `/stores/${location}/users`, { users }));
  expect(after).toMatchObject({ users: 2_000, created: 2_000, added: 2_000, updated: 0, removed: 0 });
  expect((after as { ids: string[] }).ids).toHaveLength(100);
});

test('of what is very long, the beginning is on record; and so is what Postgres has no text for', async () => {
  const long = { $in: Array.from({ length: 50 }, () => 'x'.repeat(900)) };
  const id = await newSubscription({ filter: { a: long } });
  const [created] = await audit(`target=${id}`);
  expect(JSON.stringify(created?.after).length).toBeLessThan(20_000);
  expect(created?.after).toMatchObject({
    cut: expect.stringMatching(/^The first 16384 of \d+/),
    text: expect.stringContaining(id),
  });
  const odd = { a: { $in: ['\0', '\ud800'] } };
  const { after } = await recordOf(await call('patch', `/subscriptions/${id}`, { filter: odd }));
  expect(after).toMatchObject({ filter: odd });
});

test('of changes at once, each is on record as it came after the one before', async () => {
  const id = await newPartner();
  const names = Array.from({ length: 20 }, (_, index) => `Acme ${index}`);
  await Promise.all(names.map((name) => call('patch', `/partners/${id}`, { name })));
  const records = await audit(`action=partner.changed&target=${id}`);
  const nameIn = (value: unknown) => (value as { name: string }).name;
  const next = new Map(records.map(({ before, after }) => [nameIn(before), nameIn(after)]));
  const walked: string[] = [];
  for (let name = next.get('Acme'); name; name = next.get(name)) walked.push(name);
  expect(walked.toSorted()).toEqual(names.toSorted());
});

test('what is replayed in great numbers is on record with its filter and how many', async () => {
  const target = newId();
  await api.pool.query('update deliveries set target = $2, channel = $3 where id = $1', [
    await newDelivery('refused'),
    target,
    'webhook',
  ]);
  const answer = await call('post', '/deliveries/replay', { filter: { subscription_id: target } });
  expect(await recordOf(answer)).toMatchObject({
    action: 'deliveries.replayed',
    target_id: null,
    after: { filter: { subscriptionId: target }, replayed: 1 },
  });
});

test.each([
  ['put', 'deliver-email/clean/failed', 'queue.cleaned', 'deliver-email'],
  ['put', 'deliver-email/retry/failed', 'queue.retried', 'deliver-email'],
  ['put', 'deliver-email/pause', 'queue.paused', 'deliver-email'],
  ['put', 'pause', 'queue.paused', null],
  ['put', 'resume', 'queue.resumed', null],
] as const)('on the board, %s %s is %s', async (method, path, action, target_id) => {
  const answer = await call(method, `/admin/queues/api/queues/${path}`);
  expect(answer.status).toBeLessThan(300);
  expect(await recordOf(answer)).toMatchObject({
    action,
    target_kind: 'queue',
    target_id,
    after: { request: `${method.toUpperCase()} /admin/queues/api/queues/${path}` },
  });
});

describe('GET /audit', () => {
  test('is read in pages, newest first', async () => {
    const all = await audit();
    const pages: AuditRow[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await call('get', `/audit?limit=20${cursor}`);
      pages.push(...body.data);
      cursor = body.next_cursor && `&cursor=${body.next_cursor}`;
    }
    expect(pages.length).toBeGreaterThan(40);
    expect(pages).toEqual(all);
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
  });

  test('is filtered by action, target, caller and time', async () => {
    const id = await newUser();
    const [record] = await audit(`target=${id}`);
    const { caller, at } = record as AuditRow;
    expect(await audit(`target=${id}&action=user.created&caller=${encodeURIComponent(caller)}`)).toHaveLength(
      1,
    );
    expect(await audit(`target=${id}&action=user.deleted`)).toEqual([]);
    expect(await audit(`target=${id}&caller=nobody`)).toEqual([]);
    expect(await audit(`target=${id}&since=${String(at)}`)).toHaveLength(1);
    expect(await audit(`target=${id}&until=${String(at)}`)).toEqual([]);
  });

  test.each(['action=theft', 'limit=501', 'cursor=x', 'since=yesterday', 'target=%00', 'caller=a&caller=b'])(
    '%s is refused',
    async (query) => {
      expect((await call('get', `/audit?${query}`)).status).toBe(400);
    },
  );

  test('is for admins', async () => {
    const { body } = await call('post', '/api-keys', { name: 'ops', scope: 'operate' });
    const answer = await request(api.url).get('/audit').set('authorization', `Bearer ${body.key}`);
    expect(answer.status).toBe(403);
  });
});

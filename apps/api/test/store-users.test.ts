import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

async function newStore(): Promise<string> {
  const location = `Lyon / Part-Dieu ${randomUUID()} 駅`;
  await request(api.url).post('/stores').send({ location });
  return location;
}

async function newUser(): Promise<string> {
  const { body } = await request(api.url).post('/users').send({ name: 'someone' });
  return body.id;
}

const setUsers = (location: string, body: object) =>
  request(api.url)
    .put(`/stores/${encodeURIComponent(location)}/users`)
    .send(body);

/** Who is in a store, with what holds there. */
async function membersOf(location: string): Promise<Record<string, string | null>> {
  const { rows } = await api.pool.query(
    `select m.user_id, m.preference from memberships m join stores s on s.id = m.store_id where s.location = $1`,
    [location],
  );
  return Object.fromEntries(rows.map(({ user_id, preference }) => [user_id, preference]));
}

const countUsers = async () => (await api.pool.query('select from users')).rowCount;

test('known users, users to change and new ones become the list; the answer counts them and names all', async () => {
  const location = await newStore();
  const [stays, changes, goes] = [await newUser(), await newUser(), await newUser()];
  const before = await setUsers(location, {
    users: [{ id: stays, store_preference: 'critical' }, { id: goes }],
    preference: 'standard',
  });
  expect([before.status, before.body]).toEqual([
    200,
    { location, users: 2, created: 0, updated: 0, added: 2, removed: 0, ids: [stays, goes] },
  ]);
  expect(await membersOf(location)).toEqual({ [stays]: 'critical', [goes]: 'standard' });

  const given = randomUUID();
  const { body } = await setUsers(location, {
    users: [
      { name: 'Ana', channels: [{ channel: 'email', address: 'ana@example.com' }] },
      { id: stays.toUpperCase() },
      { id: given.toUpperCase(), name: 'Bea', preference: 'critical', store_preference: 'both' },
      { id: changes, quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Paris' } },
    ],
  });
  const made = body.ids[0];
  expect(body).toEqual({
    location,
    users: 4,
    created: 2,
    updated: 1,
    added: 3,
    removed: 1,
    ids: [made, stays, given, changes],
  });
  expect(await membersOf(location)).toEqual({
    [made]: null,
    [stays]: 'critical',
    [given]: 'both',
    [changes]: null,
  });
  const read = async (id: string) => (await request(api.url).get(`/users/${id}`)).body;
  expect(await read(made)).toMatchObject({
    name: 'Ana',
    preference: 'both',
    channels: [{ channel: 'email' }],
  });
  expect(await read(given)).toMatchObject({ name: 'Bea', preference: 'critical' });
  expect(await read(changes)).toMatchObject({ name: 'someone', quiet_hours: { time_zone: 'Europe/Paris' } });
  expect(await read(goes)).toMatchObject({ name: 'someone', stores: [] });
});

test('an unknown id without a name is refused by its place, and nothing is changed', async () => {
  const location = await newStore();
  const known = await newUser();
  await setUsers(location, { users: [{ id: known }] });
  const users = await countUsers();
  const unknown = randomUUID();
  const list = [{ name: 'new' }, { id: known, name: 'changed' }, { name: 'new' }, { id: unknown }];
  const { status, body } = await setUsers(location, { users: list });
  const errors = [{ path: 'users.3.id', message: expect.stringContaining(unknown) }];
  expect([status, body]).toMatchObject([422, { reason: 'invalid_body', errors }]);
  expect(await membersOf(location)).toEqual({ [known]: null });
  expect(await countUsers()).toBe(users);
  expect((await request(api.url).get(`/users/${known}`)).body.name).toBe('someone');
});

test('the same id twice, however it is written, is refused', async () => {
  const id = await newUser();
  const { status, body } = await setUsers(await newStore(), { users: [{ id }, { id: id.toUpperCase() }] });
  expect([status, body.errors]).toEqual([
    422,
    [{ path: 'users.1.id', message: expect.stringContaining('already') }],
  ]);
});

test('an unknown store is 404', async () => {
  const { status, body } = await setUsers('nowhere', { users: [] });
  expect([status, body.detail]).toEqual([404, 'There is no store nowhere.']);
});

test.each<[string, object, string, string]>([
  ['no list', {}, 'users', 'at most 50000'],
  ['users alone', [], '', 'an object'],
  ['neither id nor name', { users: [{ active: true }] }, 'users.0', 'the name of a new one'],
  ['no user', { users: [7] }, 'users.0', 'an object'],
  ['a misspelt field', { users: [{ name: 'x', chanels: [] }] }, 'users.0.chanels', 'misspelt'],
  ['a preference', { users: [], preference: 'all' }, 'preference', 'or null'],
  ['50,001', { users: Array(50_001).fill(0) }, 'users', 'at most 50000'],
])('%s is refused', async (_, wrong, path, message) => {
  const { status, body } = await setUsers(await newStore(), wrong);
  expect([status, body.errors]).toEqual([422, [{ path, message: expect.stringContaining(message) }]]);
});

test('of what is wrong, 50 are told; millions of wrong values do no harm', async () => {
  const location = await newStore();
  const wrongUsers = await setUsers(location, { users: Array(1_000).fill(0) });
  expect(wrongUsers.body.errors).toHaveLength(50);
  const keys = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key-${index}`, 0]));
  expect((await setUsers(location, { users: [], ...keys })).body.errors).toHaveLength(50);
  const ids = Array.from({ length: 100 }, () => ({ id: randomUUID() }));
  expect((await setUsers(location, { users: ids })).body.errors).toHaveLength(50);
  const millions = Array(4_000_000).fill(1);
  for (const users of [millions, [{ name: 'x', channels: millions }]]) {
    const { status, body } = await setUsers(location, { users });
    expect([status, body.errors.length]).toEqual([422, 1]);
  }
});

test('more than 20 MB is 413', async () => {
  const { status } = await setUsers('nowhere', { users: [], more: 'x'.repeat(21 * 2 ** 20) });
  expect(status).toBe(413);
});

function people(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    name: `Person ${index}`,
    preference: 'both',
    channels: [{ channel: 'email', address: `person-${index}@example.com`, severities: ['critical'] }],
    quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Paris' },
    store_preference: index % 2 ? 'critical' : null,
  }));
}

test('10,000 users: made, the same again changes nothing, another 10,000 take their place', async () => {
  const location = await newStore();
  const users = people(10_000);
  const ids = users.map(({ id }) => id);
  const first = await setUsers(location, { users });
  expect(first.body).toEqual({
    location,
    users: 10_000,
    created: 10_000,
    updated: 0,
    added: 10_000,
    removed: 0,
    ids,
  });
  const again = await setUsers(location, { users });
  expect(again.body).toEqual({ ...first.body, created: 0, added: 0 });
  const changed = users.map((user) => ({ ...user, name: `${user.name}!` }));
  expect((await setUsers(location, { users: changed })).body).toMatchObject({ updated: 10_000, added: 0 });
  const others = await setUsers(location, { users: people(10_000) });
  expect(others.body).toMatchObject({ created: 10_000, added: 10_000, removed: 10_000 });
  const store = await request(api.url).get(`/stores/${encodeURIComponent(location)}`);
  expect(store.body.users).toBe(10_000);
});

test('two lists sent at once: both are answered 200, and one of them holds', async () => {
  const location = await newStore();
  const lists = [people(1_000), people(1_000)];
  const answers = await Promise.all(lists.map((users) => setUsers(location, { users })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const members = Object.keys(await membersOf(location)).toSorted();
  expect(lists.map((list) => list.map(({ id }) => id).toSorted())).toContainEqual(members);
});

import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

const call = (method: Method, path: string, body?: object) => request(api.url)[method](path).send(body);
const storePath = (location: string) => `/stores/${encodeURIComponent(location)}`;
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const uuid7 = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);

async function newStore(location = `store-${randomUUID()}`): Promise<string> {
  expect((await call('post', '/stores', { location })).status).toBe(201);
  return location;
}

async function newUser(user: object = {}): Promise<string> {
  const { status, body } = await call('post', '/users', { name: 'Ana', ...user });
  expect(status).toBe(201);
  return body.id;
}

/** Every row of a list, `limit` at a time. */
async function pages(path: string, limit: number) {
  const rows: Record<string, unknown>[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await call('get', `${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    rows.push(body.data);
    cursor = body.next_cursor;
  }
  return rows;
}

describe('stores', () => {
  test.each(['fr-auchan-larochelle', 'Lyon / Part-Dieu', '東京 1号店', '100% "É"? #2;&=+', 'users'])(
    '%s: made, read, renamed, removed',
    async (location) => {
      const store = {
        id: uuid7,
        location,
        name: location,
        users: 0,
        created_at: isoTime,
        updated_at: isoTime,
      };
      const made = await call('post', '/stores', { location });
      expect([made.status, made.body]).toEqual([201, store]);
      const read = await call('get', storePath(location));
      expect([read.status, read.body]).toEqual([200, made.body]);
      const renamed = await call('patch', storePath(location), { name: 'New name' });
      expect([renamed.status, renamed.body]).toEqual([
        200,
        { ...made.body, name: 'New name', updated_at: isoTime },
      ]);
      expect((await call('delete', storePath(location))).status).toBe(204);
      for (const method of ['get', 'delete'] as const) {
        const gone = await call(method, storePath(location));
        expect([gone.status, gone.body.reason]).toEqual([404, 'not_found']);
        expect(gone.body.detail).toContain(location);
      }
      expect((await call('patch', storePath(location), { name: 'x' })).status).toBe(404);
    },
  );

  test('have a name of their own where one is given, and their location for themselves', async () => {
    const location = `store-${randomUUID()}`;
    const made = await call('post', '/stores', { location, name: 'Our first' });
    expect(made.body).toMatchObject({ location, name: 'Our first' });
    const again = await call('post', '/stores', { location });
    expect([again.status, again.type]).toEqual([409, 'application/problem+json']);
    expect(again.body).toMatchObject({ reason: 'location_taken', detail: expect.stringContaining(location) });
  });

  test.each(['%00', '%20', 'x'.repeat(201), 'a%0Ab'])(
    'no store is called %s, and 404 says why',
    async (path) => {
      for (const [method, below] of [
        ['get', ''],
        ['delete', ''],
        ['get', '/users'],
        ['delete', `/users/${randomUUID()}`],
      ] as const) {
        const { status, body } = await call(method, `/stores/${path}${below}`);
        expect([status, body.detail]).toEqual([404, expect.stringContaining('1 to 200 characters')]);
      }
    },
  );

  test('are listed newest first, in pages', async () => {
    const locations = [await newStore(), await newStore(), await newStore()];
    const rows = await pages('/stores', 2);
    expect(rows.length).toBeGreaterThan(1);
    const listed = rows.flat().map(({ location }) => location);
    expect(listed.slice(0, 3)).toEqual(locations.toReversed());
    expect(new Set(listed).size).toBe(listed.length);
  });

  test('that are removed keep their alerts', async () => {
    const location = await newStore();
    const alert_uuid = randomUUID();
    const alert = { url: 'https://x.example/c.mp4', location, alert_uuid, label: 'theft', time_spotted: 1 };
    await call('post', '/webhooks/alerts/', alert);
    await call('delete', storePath(location));
    const { body } = await call('get', '/events?limit=500');
    expect(body.events.map(({ event_id }: { event_id: string }) => event_id)).toContain(alert_uuid);
  });
});

const quiet_hours = { from: '22:00', to: '07:00', time_zone: 'Europe/Paris' };
const channels = [
  { channel: 'email', address: 'ana@example.com', severities: ['critical'] },
  { channel: 'notification' },
];
const defaults = { preference: 'both', active: true, channels: [], quiet_hours: null };

describe('users', () => {
  test('with a name alone have the defaults', async () => {
    const { status, body } = await call('post', '/users', { name: 'Ana' });
    const times = { created_at: isoTime, updated_at: isoTime };
    expect([status, body]).toEqual([201, { id: uuid7, name: 'Ana', ...defaults, ...times }]);
    expect((await call('get', `/users/${body.id}`)).body).toEqual({ ...body, stores: [] });
  });

  test('come back as they were told, and are kept in the words of the domain', async () => {
    const user = {
      id: randomUUID().toUpperCase(),
      name: 'Zoë 店',
      preference: 'critical',
      active: false,
      channels,
      quiet_hours,
    };
    const id = user.id.toLowerCase();
    const made = await call('post', '/users', user);
    expect([made.status, made.body]).toMatchObject([201, { ...user, id }]);
    const { rows } = await api.pool.query('select channels, quiet_hours from users where id = $1', [id]);
    expect(rows).toEqual([
      {
        channels: [
          { channel: 'email', address: 'ana@example.com', severities: ['critical'] },
          { channel: 'notification', address: null, severities: null },
        ],
        quiet_hours: { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' },
      },
    ]);
    const again = await call('post', '/users', user);
    expect([again.status, again.body.reason]).toEqual([409, 'id_taken']);
    expect(again.body.detail).toContain(id);
  });

  test.each([
    {},
    { name: 'Bea' },
    { preference: 'standard' },
    { active: false },
    { channels: [] },
    { quiet_hours: null },
  ])('PATCH %j changes that and nothing else', async (change) => {
    const id = await newUser({ preference: 'critical', channels, quiet_hours });
    const { body: before } = await call('get', `/users/${id}`);
    const changed = await call('patch', `/users/${id}`, change);
    expect([changed.status, changed.body]).toMatchObject([200, change]);
    const { body: after } = await call('get', `/users/${id}`);
    expect(after).toEqual({ ...before, ...change, updated_at: isoTime });
  });

  test.each(['not-a-uuid', randomUUID()])('that do not exist (%s) are 404', async (id) => {
    for (const method of ['get', 'patch', 'delete'] as const) {
      const { status, body } = await call(method, `/users/${id}`, method === 'patch' ? {} : undefined);
      expect([status, body.detail]).toEqual([404, `There is no user ${id}.`]);
    }
  });

  test('are removed with their memberships', async () => {
    const [location, id] = [await newStore(), await newUser()];
    await call('put', `${storePath(location)}/users/${id}`);
    expect((await call('delete', `/users/${id}`)).status).toBe(204);
    expect((await call('get', `/users/${id}`)).status).toBe(404);
    expect((await call('get', `${storePath(location)}/users`)).body.data).toEqual([]);
  });

  test('are listed newest first, in pages, in the same shape', async () => {
    const ids = [await newUser({ channels, quiet_hours }), await newUser(), await newUser()];
    const rows = await pages('/users', 2);
    const listed = rows.flat().map(({ id }) => id);
    expect(listed.filter((id) => ids.includes(id as string))).toEqual(ids.toReversed());
    expect(rows.flat().find(({ id }) => id === ids[0])).toMatchObject({ channels, quiet_hours });
  });
});

describe('a wrong user is refused, and told where and what would be right', () => {
  const known = 'must be one of notification, ';
  test.each<[string, object, string, string]>([
    ['no name', { name: undefined }, 'name', '1 to 200 characters'],
    ['an empty name', { name: ' ' }, 'name', '1 to 200 characters'],
    ['a name with NUL', { name: 'a\0' }, 'name', 'no control characters'],
    ['half a character', { name: '\ud800' }, 'name', '1 to 200 characters'],
    ['an id that is none', { id: '7' }, 'id', 'must be a UUID'],
    ['a preference', { preference: 'all' }, 'preference', 'critical, standard, both'],
    ['active in words', { active: 'yes' }, 'active', 'true or false'],
    ['a misspelt field', { prefernce: 'both' }, 'prefernce', 'misspelt'],
    ['channels that are no list', { channels: {} }, 'channels', 'a list of at most 10'],
    ['11 channels', { channels: Array(11).fill(0) }, 'channels', 'at most 10'],
    ['a channel that is none', { channels: ['email'] }, 'channels.0', 'an object with a channel'],
    ['no channel', { channels: [{ address: 'x' }] }, 'channels.0.channel', known],
    ['an unknown channel', { channels: [{ channel: 'pigeon' }] }, 'channels.0.channel', known],
    ['a channel of ours alone', { channels: [{ channel: 'pagerduty' }] }, 'channels.0.channel', known],
    ['no address', { channels: [{ channel: 'email' }] }, 'channels.0.address', 'ana@example.com'],
    ['a wrong address', contact({ address: 'ana' }), 'channels.0.address', 'such as ana@example.com'],
    ['an address with NUL', contact({ address: 'a\0' }), 'channels.0.address', 'ana@example.com'],
    ['an address too many', contact({ channel: 'notification' }), 'channels.0.address', 'be left out'],
    ['no severities', contact({ severities: [] }), 'channels.0.severities', 'one or more of info'],
    ['twice a severity', contact({ severities: ['info', 'info'] }), 'channels.0.severities', 'once'],
    ['another severity', contact({ severities: ['high'] }), 'channels.0.severities.0', 'critical'],
    ['a misspelt field of a channel', contact({ to: 'x' }), 'channels.0.to', 'misspelt'],
    [
      'a channel twice for one severity',
      { channels: [...channels, { ...channels[0], severities: ['info', 'critical'] }] },
      'channels.2',
      'email for critical',
    ],
    ['quiet hours in words', { quiet_hours: 'nights' }, 'quiet_hours', 'from, to and time_zone'],
    ['a wrong time', quiet({ from: '24:00' }), 'quiet_hours.from', '00:00 to 23:59'],
    ['no time', quiet({ to: undefined }), 'quiet_hours.to', '00:00 to 23:59'],
    ['a day of quiet', quiet({ to: '22:00' }), 'quiet_hours.to', 'not be equal'],
    ['a time zone', quiet({ time_zone: 'Europe/Atlantis' }), 'quiet_hours.time_zone', 'Europe/Paris'],
    ['a misspelt field of quiet hours', quiet({ timeZone: 'x' }), 'quiet_hours.timeZone', 'misspelt'],
  ])('%s', async (_, wrong, path, message) => {
    const posted = await call('post', '/users', { name: 'Ana', ...wrong });
    const errors = [{ path, message: expect.stringContaining(message) }];
    expect([posted.status, posted.body]).toMatchObject([422, { reason: 'invalid_body', errors }]);
    const location = await newStore();
    const listed = await call('put', `${storePath(location)}/users`, { users: [{ name: 'Ana', ...wrong }] });
    if (path === 'name' && !('name' in JSON.parse(JSON.stringify(wrong)))) return;
    const inList = [{ path: `users.0.${path}`, message: expect.stringContaining(message) }];
    expect([listed.status, listed.body]).toMatchObject([422, { errors: inList }]);
  });

  function contact(change: object) {
    return { channels: [{ channel: 'email', address: 'ana@example.com', ...change }] };
  }

  function quiet(change: object) {
    return { quiet_hours: { ...quiet_hours, ...change } };
  }

  test('a PATCH is held to the same rules, and may not change the id', async () => {
    const id = await newUser();
    const { status, body } = await call('patch', `/users/${id}`, { id, name: '', active: null });
    expect([status, body.errors.map(({ path }: { path: string }) => path).toSorted()]).toEqual([
      422,
      ['active', 'id', 'name'],
    ]);
  });

  test('a store too', async () => {
    for (const [method, path, body, wrong] of [
      ['post', '/stores', {}, 'location'],
      ['post', '/stores', { location: 'x'.repeat(201) }, 'location'],
      ['post', '/stores', { location: 'x', names: 'y' }, 'names'],
      ['post', '/stores', [], ''],
      ['patch', storePath(await newStore()), { name: 7 }, 'name'],
      ['patch', storePath(await newStore()), { name: 'x', location: 'y' }, 'location'],
    ] as const) {
      const answer = await call(method, path, body);
      expect([answer.status, answer.body.errors]).toMatchObject([422, [{ path: wrong }]]);
    }
  });

  test('malformed JSON is 400, another content type 415, too large a body 413', async () => {
    const send = (type: string, body: string) =>
      request(api.url).post('/users').set('content-type', type).send(body);
    expect((await send('application/json', '{"name":')).body.reason).toBe('malformed_json');
    const wrongType = await send('text/plain', '{"name":"Ana"}');
    expect(wrongType.body).toMatchObject({
      status: 415,
      detail: expect.stringContaining('application/json'),
    });
    expect((await send('application/json', `{"name":"${'x'.repeat(70_000)}"}`)).status).toBe(413);
  });
});

describe('memberships', () => {
  const join = (location: string, id: string, body?: object) =>
    call('put', `${storePath(location)}/users/${id}`, body);

  test('201 for a new one, 200 for a change; a preference stays until another, or null, is given', async () => {
    const [location, id] = [await newStore('Gare / 駅 1'), await newUser()];
    const answers = [];
    for (const body of [undefined, { preference: 'critical' }, {}, { preference: null }]) {
      const answer = await join(location, id.toUpperCase(), body);
      expect(answer.body).toMatchObject({ location, user_id: id });
      answers.push([answer.status, answer.body.preference]);
    }
    expect(answers).toEqual([
      [201, null],
      [200, 'critical'],
      [200, 'critical'],
      [200, null],
    ]);
    expect((await call('get', storePath(location))).body.users).toBe(1);
  });

  test('404 says whether it is the store or the user', async () => {
    const [location, id, nobody] = [await newStore(), await newUser(), randomUUID()];
    for (const method of ['put', 'delete'] as const) {
      for (const [path, missing] of [
        [`/stores/nowhere/users/${id}`, 'nowhere'],
        [`${storePath(location)}/users/${nobody}`, nobody],
        [`${storePath(location)}/users/nonsense`, 'nonsense'],
      ] as const) {
        const { status, body } = await call(method, path);
        expect([status, body.detail]).toEqual([404, expect.stringContaining(missing)]);
      }
    }
    expect((await call('get', '/stores/nowhere/users')).status).toBe(404);
  });

  test('a body of another type, a misspelt field or another preference is refused', async () => {
    const [location, id] = [await newStore(), await newUser()];
    const path = `${storePath(location)}/users/${id}`;
    const text = await request(api.url)
      .put(path)
      .set('content-type', 'text/plain')
      .send('{"preference":"x"}');
    expect(text.status).toBe(415);
    for (const body of [{ prefrence: 'critical' }, { preference: 'all' }]) {
      const { status, body: problem } = await join(location, id, body);
      expect([status, problem.errors]).toMatchObject([422, [{ path: Object.keys(body)[0] }]]);
    }
    expect((await call('get', `${storePath(location)}/users`)).body.data).toEqual([]);
  });

  test('end, and the user stays', async () => {
    const [location, id] = [await newStore(), await newUser()];
    await join(location, id);
    expect((await call('delete', `${storePath(location)}/users/${id}`)).status).toBe(204);
    expect((await call('delete', `${storePath(location)}/users/${id}`)).status).toBe(404);
    expect((await call('get', `/users/${id}`)).status).toBe(200);
  });

  test('are listed from both sides: users of a store in pages, stores of a user', async () => {
    const [location, other] = [await newStore(), await newStore()];
    const ids = [await newUser({ channels, quiet_hours }), await newUser(), await newUser()];
    for (const id of ids) await join(location, id, { preference: 'standard' });
    await join(other, ids[0] as string);
    const rows = await pages(`${storePath(location)}/users`, 2);
    expect(rows.map(({ length }) => length)).toEqual([2, 1]);
    expect(rows.flat().map(({ id }) => id)).toEqual(ids.toReversed());
    expect(rows.flat().at(-1)).toMatchObject({ channels, quiet_hours, store_preference: 'standard' });
    const { body } = await call('get', `/users/${ids[0]}`);
    expect(body.stores.toSorted(byLocation)).toEqual(
      [
        { location, preference: 'standard' },
        { location: other, preference: null },
      ].toSorted(byLocation),
    );
  });

  function byLocation(a: { location: string }, b: { location: string }) {
    return a.location < b.location ? -1 : 1;
  }
});

test.each(['/stores', '/users', '/stores/nowhere/users'])('GET %s with a wrong page is 400', async (path) => {
  for (const query of ['limit=0', 'limit=501', 'limit=ten', 'cursor=nonsense']) {
    expect((await call('get', `${path}?${query}`)).status).toBe(400);
  }
});

test('GET /channels tells a form what to ask for', async () => {
  const { status, body } = await call('get', '/channels');
  expect([status, body.next_cursor]).toEqual([200, null]);
  const byName = new Map(body.data.map((channel: { name: string }) => [channel.name, channel]));
  expect([...byName.keys()]).not.toContain('pagerduty');
  expect(byName.get('notification')).toEqual({
    name: 'notification',
    label: 'Notification service',
    example: '',
    address: null,
  });
  expect(byName.get('email')).toMatchObject({
    label: 'Email',
    example: 'ana@example.com',
    address: { type: 'string', format: 'email' },
  });
});

test('every change is seen by the very next alert', async () => {
  const location = `store-${randomUUID()}`;
  const isKnown = async () => (await call('post', '/alerts/preview', { location })).body.known_store;
  expect(await isKnown()).toBe(false);
  await newStore(location);
  expect(await isKnown()).toBe(true);
  const owed = async () => {
    const alert = {
      url: 'https://x.example/c.mp4',
      location,
      alert_uuid: randomUUID(),
      label: 'theft',
      time_spotted: 1,
    };
    await call('post', '/webhooks/alerts/', alert);
    const { rows } = await api.pool.query(
      `select d.target from deliveries d join signals s on s.id = d.signal_id where s.event_id = $1`,
      [alert.alert_uuid],
    );
    return rows.map(({ target }) => target);
  };
  const path = `${storePath(location)}/users`;
  const id = await newUser();
  expect(await owed()).toEqual([]);
  await call('put', `${path}/${id}`);
  expect(await owed()).toEqual([id]);
  await call('patch', `/users/${id}`, { active: false });
  expect(await owed()).toEqual([]);
  await call('patch', `/users/${id}`, { active: true });
  expect(await owed()).toEqual([id]);
  await call('put', path, { users: [] });
  expect(await owed()).toEqual([]);
  await call('put', path, { users: [{ id }] });
  expect(await owed()).toEqual([id]);
  await call('delete', `${path}/${id}`);
  expect(await owed()).toEqual([]);
  await call('put', `${path}/${id}`);
  expect(await owed()).toEqual([id]);
  await call('delete', `/users/${id}`);
  expect(await owed()).toEqual([]);
  await call('delete', storePath(location));
  expect(await isKnown()).toBe(false);
});

import { randomBytes, randomUUID } from 'node:crypto';
import { type Contact, createEnvelope, encryptionKeys, openAddress } from '@signalbox/domain';
import { contactsOf } from '@signalbox/postgres';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
const key = randomBytes(32).toString('base64');
const envelope = createEnvelope(encryptionKeys(true).parse(key));

beforeAll(async () => {
  api = await startApi({ ENCRYPTION_KEY: key });
});

afterAll(() => api.stop());

const call = (method: 'get' | 'post' | 'put' | 'patch', path: string, body?: object) =>
  request(api.url)[method](path).send(body);
const webhook = (end: string) => `https://hooks.slack.com/services/T024BE7LD/B03J5K6L7/${end}`;
const slack = (end: string, more: object = {}) => ({ channel: 'slack', address: webhook(end), ...more });
const email = { channel: 'email', address: 'ana@example.com' };

async function newUser(channels: object[]) {
  const { status, body } = await call('post', '/users', { name: 'Ana', channels });
  expect(status).toBe(201);
  return body as { id: string; channels: Contact[] };
}

async function kept(id: string): Promise<Contact[]> {
  return (await contactsOf(api.pool, [id])).get(id) ?? [];
}

/** What a channel would be given. */
async function addresses(id: string) {
  return (await kept(id)).map(({ address }) => address && openAddress(envelope, address, id));
}

test('are shown without what is secret, and kept encrypted', async () => {
  const { id, channels } = await newUser([slack('opensesame'), email]);
  expect(channels).toEqual([
    { channel: 'slack', address: expect.stringMatching(/^https:\/\/hooks\.slack\.com\/…[\w-]{6}$/) },
    email,
  ]);
  expect(await addresses(id)).toEqual([webhook('opensesame'), email.address]);
  expect(JSON.stringify(await kept(id))).not.toMatch(/sesame|T024BE7LD/);
  for (const path of [`/users/${id}`, '/users']) {
    const { status, text } = await call('get', path);
    expect(status).toBe(200);
    expect(text).not.toMatch(/sesame|sealed/);
  }
});

test('what is written back as it was read loses no address, in whatever order', async () => {
  const { id, channels } = await newUser([
    slack('critical', { severities: ['critical'] }),
    slack('rest', { severities: ['info', 'warning'] }),
  ]);
  const changed = await call('patch', `/users/${id}`, { channels: [email, ...channels.toReversed()] });
  expect([changed.status, changed.body.channels]).toEqual([200, [email, ...channels.toReversed()]]);
  expect(await addresses(id)).toEqual([email.address, webhook('rest'), webhook('critical')]);
});

test('one that is told again whole is left as it is kept; another one is not taken for it', async () => {
  const { id } = await newUser([slack('one')]);
  const before = await kept(id);
  await call('patch', `/users/${id}`, { channels: [slack('one')] });
  expect(await kept(id)).toEqual(before);
  await call('patch', `/users/${id}`, { channels: [slack('two')] });
  expect(await addresses(id)).toEqual([webhook('two')]);
});

test("what stands for somebody else's address is refused", async () => {
  const { channels } = await newUser([slack('hers')]);
  const { id } = await newUser([slack('his')]);
  const errors = [
    { path: 'channels.0.address', message: expect.stringContaining('send the address itself') },
  ];
  const made = await call('post', '/users', { name: 'Ben', channels });
  expect([made.status, made.body.errors]).toEqual([422, errors]);
  const changed = await call('patch', `/users/${id}`, { channels });
  expect([changed.status, changed.body.errors]).toEqual([422, errors]);
  expect(await addresses(id)).toEqual([webhook('his')]);
});

test('a list of users sent twice, whole or as it is shown, changes nobody', async () => {
  const location = `store-${randomUUID()}`;
  await call('post', '/stores', { location });
  const id = randomUUID();
  const users = [{ id, name: 'Ana', channels: [slack('one')] }];
  const path = `/stores/${location}/users`;
  expect((await call('put', path, { users })).body).toMatchObject({ created: 1, updated: 0 });
  expect((await call('put', path, { users })).body).toMatchObject({ created: 0, updated: 0 });
  const [shown] = (await call('get', path)).body.data;
  const again = await call('put', path, { users: [{ id, channels: shown.channels }] });
  expect([again.status, again.body]).toMatchObject([200, { created: 0, updated: 0 }]);
  expect(await addresses(id)).toEqual([webhook('one')]);

  const stranger = await call('put', path, { users: [{ id }, { name: 'Ben', channels: shown.channels }] });
  expect([stranger.status, stranger.body.errors]).toMatchObject([
    422,
    [{ path: 'users.1.channels.0.address' }],
  ]);
});

test('one that was never encrypted is shown and kept like the others', async () => {
  const { id, channels } = await newUser([slack('old')]);
  await api.pool.query('update users set channels = $2 where id = $1', [
    id,
    JSON.stringify([{ ...slack('old'), severities: null }]),
  ]);
  expect((await call('get', `/users/${id}`)).body.channels).toEqual(channels);
  await call('patch', `/users/${id}`, { channels });
  expect(JSON.stringify(await kept(id))).not.toContain('T024BE7LD');
  expect(await addresses(id)).toEqual([webhook('old')]);
});

test('under a key that is gone it is kept where nothing new is told, and replaced where it is', async () => {
  const { id, channels } = await newUser([slack('lost')]);
  const [contact] = await kept(id);
  const lost = [{ ...contact, address: `sealed:01deadbeef${'00'.repeat(40)}` }];
  await api.pool.query('update users set channels = $2 where id = $1', [id, JSON.stringify(lost)]);
  expect((await call('get', '/users')).status).toBe(200);
  expect((await call('patch', `/users/${id}`, { channels })).body.channels).toEqual(channels);
  expect(await kept(id)).toEqual(lost);
  await call('patch', `/users/${id}`, { channels: [slack('lost')] });
  expect(await addresses(id)).toEqual([webhook('lost')]);
});

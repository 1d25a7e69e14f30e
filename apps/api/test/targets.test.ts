import type { LookupAddress } from 'node:dns';
import request from 'supertest';
import { addStore, type RunningApi, startApi } from './running-api.js';

/** What names lead to. */
const addresses: Record<string, string[]> = {
  'public.example': ['1.1.1.1', '2606:4700:4700::1111'],
  'private.example': ['10.0.0.5'],
  'mixed.example': ['1.1.1.1', '::ffff:169.254.169.254'],
};
const resolve = async (host: string): Promise<LookupAddress[]> =>
  (addresses[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const production = {
  NODE_ENV: 'production',
  ALLOW_PRIVATE_TARGETS: 'false',
  API_KEYS: `admin:${'k'.repeat(32)}`,
};
const inProduction = { authorization: `Bearer ${'k'.repeat(32)}` };

let api: RunningApi;
let secure: RunningApi;

beforeAll(async () => {
  [api, secure] = await Promise.all([
    startApi({ ALLOW_PRIVATE_TARGETS: 'false' }, resolve),
    startApi(production, resolve),
  ]);
});

afterAll(() => Promise.all([api.stop(), secure.stop()]));

const call = (method: 'post' | 'patch' | 'put', path: string, body: object) =>
  request(api.url)[method](path).send(body);
const callSecure = (method: 'post' | 'patch', path: string, body: object) =>
  request(secure.url)[method](path).set(inProduction).send(body);
const wrong = (path: string, message: string) => ({
  status: 422,
  body: { reason: 'invalid_body', errors: [{ path, message: expect.stringContaining(message) }] },
});

const refused = [
  ['http://127.0.0.1:9000/', '127.0.0.1 is loopback'],
  ['https://0x7f.1/', '127.0.0.1 is loopback'],
  ['https://[::ffff:10.0.0.1]/', '::ffff:a00:1 is IPv4-mapped'],
  ['https://169.254.169.254/latest/meta-data/', 'clouds keep their metadata'],
  ['https://metadata.google.internal/', 'a name of a private network'],
  ['https://localhost/', 'a name of a private network'],
  ['https://public.example:25/', 'must be on port 80, 443'],
  ['https://private.example/', 'private.example leads to an address that is private'],
  ['https://mixed.example/', 'mixed.example leads to an address that is IPv4-mapped'],
] as const;
const accepted = [
  'https://public.example/hook',
  'http://public.example:8080/hook',
  'https://1.1.1.1/',
  'https://not-there-yet.example/',
];

describe('the URL of a subscription', () => {
  test.each(refused)('%s is refused', async (url, message) => {
    expect(await call('post', '/subscriptions', { url })).toMatchObject(wrong('url', message));
    const { body } = await call('post', '/subscriptions', { url: 'https://public.example/' });
    expect(await call('patch', `/subscriptions/${body.id}`, { url })).toMatchObject(wrong('url', message));
  });

  test.each(accepted)('%s is accepted', async (url) => {
    const { status, body } = await call('post', '/subscriptions', { url });
    expect([status, body]).toMatchObject([201, { url, allow_http: false }]);
    expect(await call('patch', `/subscriptions/${body.id}`, { url })).toMatchObject({ status: 200 });
  });

  test('is looked at only when it is told', async () => {
    const { body } = await call('post', '/subscriptions', { url: 'https://moving.example/' });
    addresses['moving.example'] = ['10.0.0.5'];
    const path = `/subscriptions/${body.id}`;
    expect(await call('patch', path, { description: 'Orders' })).toMatchObject({ status: 200 });
    expect(await call('patch', path, { url: 'https://moving.example/' })).toMatchObject({ status: 422 });
  });

  test('of nobody is not found', async () => {
    const nobody = '/subscriptions/01900000-0000-7000-8000-000000000000';
    expect(await call('patch', nobody, { url: 'https://public.example/' })).toMatchObject({ status: 404 });
  });
});

describe('plain http in production', () => {
  const url = 'http://public.example/hook';

  test('is refused unless the subscription allows it', async () => {
    expect(await callSecure('post', '/subscriptions', { url })).toMatchObject(wrong('url', 'must be https'));
    const { status, body } = await callSecure('post', '/subscriptions', { url, allow_http: true });
    expect([status, body]).toMatchObject([201, { url, allow_http: true }]);
    const path = `/subscriptions/${body.id}`;
    const other = 'http://public.example/other';
    expect(await callSecure('patch', path, { url: other })).toMatchObject({ status: 200 });
    expect(await callSecure('patch', path, { allow_http: false })).toMatchObject(
      wrong('url', 'must be https'),
    );
    const change = { url: 'https://public.example/', allow_http: false };
    expect(await callSecure('patch', path, change)).toMatchObject({ status: 200 });
    expect(await callSecure('patch', path, { url })).toMatchObject(wrong('url', 'must be https'));
  });

  test('leads to nothing private all the same', async () => {
    const told = { url: 'http://private.example/', allow_http: true };
    expect(await callSecure('post', '/subscriptions', told)).toMatchObject(wrong('url', 'is private'));
  });

  test('is refused for a user', async () => {
    const channels = [{ channel: 'slack', address: 'http://public.example/services/T/B/X' }];
    const told = { name: 'Ana', channels };
    expect(await callSecure('post', '/users', told)).toMatchObject(
      wrong('channels.0.address', 'must be https'),
    );
  });
});

describe('the Slack address of a user', () => {
  const slack = (address: string) => ({ channel: 'slack', address });

  test.each(refused)('%s is refused', async (address, message) => {
    const channels = [{ channel: 'email', address: 'ana@private.example' }, slack(address)];
    const { body } = await call('post', '/users', { name: 'Ana' });
    const expected = wrong('channels.1.address', message);
    expect(await call('post', '/users', { name: 'Ana', channels })).toMatchObject(expected);
    expect(await call('patch', `/users/${body.id}`, { channels })).toMatchObject(expected);
  });

  test.each(accepted)('%s is accepted', async (address) => {
    const told = { name: 'Ana', channels: [slack(address)] };
    expect(await call('post', '/users', told)).toMatchObject({ status: 201 });
  });

  test('is refused in a list of users, each where it stands', async () => {
    await addStore(api.pool, 'fr-targets', []);
    const users = [
      { name: 'Ana' },
      { name: 'Bea', channels: [slack('https://private.example/x')] },
      { name: 'Cem', channels: [slack('https://public.example/x')] },
      { name: 'Dan', channels: [slack('https://127.1/x')] },
    ];
    const { status, body } = await call('put', '/stores/fr-targets/users', { users });
    expect([status, body.errors.map(({ path }: { path: string }) => path)]).toEqual([
      422,
      ['users.1.channels.0.address', 'users.3.channels.0.address'],
    ]);
  });
});

test('name servers that do not answer have no say, and are not waited for', async () => {
  const slow = await startApi({ ALLOW_PRIVATE_TARGETS: 'false' }, () => new Promise(() => undefined));
  const told = { url: 'https://slow.example/' };
  expect(await request(slow.url).post('/subscriptions').send(told)).toMatchObject({ status: 201 });
  await slow.stop();
});

test('with ALLOW_PRIVATE_TARGETS nothing is resolved, and only what a URL must be like holds', async () => {
  const open = await startApi({ ALLOW_PRIVATE_TARGETS: 'true' }, () => Promise.reject(new Error('asked')));
  const post = (url: string) => request(open.url).post('/subscriptions').send({ url });
  for (const url of ['http://localhost:25/', 'https://private.example/', 'http://[::1]/'])
    expect(await post(url)).toMatchObject({ status: 201 });
  expect(await post('http://a:b@localhost/')).toMatchObject({ status: 422 });
  await open.stop();
});

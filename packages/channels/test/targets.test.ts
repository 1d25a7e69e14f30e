import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { addressProblem } from '@signalbox/domain';
import { checkedLookup } from '../src/checked-lookup.js';
import { createHttp, type HttpOptions } from '../src/http.js';
import { receiver } from './receiver.js';

const cleanups: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const strict = { allowPrivate: false, requireHttps: false };
const publicAddress = '3ffe::1';

function open(options: Partial<HttpOptions>) {
  const http = createHttp({ timeoutMs: 5_000, ...options });
  cleanups.push(() => http.close());
  return (url: string, allowHttp = false) => http.post({ url, headers: {}, body: '{}', allowHttp });
}

/** Counts whoever connects, whether or not a byte is sent. */
async function tripwire() {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => once(server.close(), 'close'));
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

/** A resolver with an answer for each time it is asked, the last of which stays. */
function resolver(...answers: string[][]) {
  let asked = 0;
  const resolve = async (): Promise<LookupAddress[]> => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, asked: () => asked };
}

/** A rule for tests that deliver: of the addresses here, one may be called. */
const onlyOne = (ip: string) => (ip === '127.0.0.1' ? null : addressProblem(ip));

async function ownReceiver(behave: Parameters<typeof receiver>[0] = (response) => response.end('ok')) {
  const target = await receiver(behave);
  cleanups.push(() => target.close());
  return { ...target, url: target.origin.replace('127.0.0.1', 'receiver.example') };
}

test.each([
  'http://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://127。0。0。1:PORT/',
  'http://0:PORT/',
  'http://[::1]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST.:PORT/',
  'http://a.localhost:PORT/',
])('%s is never connected to', async (url) => {
  const { port, connections } = await tripwire();
  const { resolve, asked } = resolver(['127.0.0.1']);
  const post = open({ targets: strict, lookup: checkedLookup(resolve) });
  expect(await post(url.replace('PORT', String(port)))).toEqual({ ok: false, reason: 'forbidden_target' });
  expect([connections(), asked()]).toEqual([0, 0]);
});

test('a name that was public when it was saved, and is not when it is called', async () => {
  const { port, connections } = await tripwire();
  const { resolve, asked } = resolver([publicAddress], ['127.0.0.1']);
  const [saved] = await resolve();
  expect(addressProblem(saved?.address ?? '')).toBeNull();
  const post = open({ targets: strict, lookup: checkedLookup(resolve) });
  expect(await post(`http://rebind.example:${port}/`)).toEqual({ ok: false, reason: 'forbidden_address' });
  expect([connections(), asked()]).toEqual([0, 2]);
});

test.each([
  [[publicAddress, '127.0.0.1']],
  [['127.0.0.1', publicAddress]],
  [['::1', publicAddress]],
  [['::ffff:127.0.0.1']],
  [['0.0.0.0']],
  [['169.254.169.254']],
])('a name that is %j is not called at any of them', async (addresses) => {
  const { port, connections } = await tripwire();
  const post = open({ targets: strict, lookup: checkedLookup(resolver(addresses).resolve) });
  expect(await post(`http://several.example:${port}/`)).toEqual({ ok: false, reason: 'forbidden_address' });
  expect(connections()).toBe(0);
});

test('a name that leads elsewhere each time is asked once for each connection, which goes where it was checked', async () => {
  const target = await ownReceiver((response) => response.writeHead(200, { connection: 'close' }).end('ok'));
  const { resolve, asked } = resolver(['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1'], ['10.0.0.1']);
  const post = open({ targets: strict, lookup: checkedLookup(resolve, onlyOne) });
  const results = [];
  for (let time = 0; time < 4; time += 1) results.push(await post(target.url));
  const forbidden = { ok: false, reason: 'forbidden_address' };
  const delivered = expect.objectContaining({ ok: true, statusCode: 200 });
  expect(results).toEqual([delivered, forbidden, delivered, forbidden]);
  expect([target.received.length, asked()]).toEqual([2, 4]);
});

test('of several addresses that may be called, one that answers is enough', async () => {
  const target = await ownReceiver();
  const { resolve } = resolver(['::1', '127.0.0.1']);
  const post = open({ targets: strict, lookup: checkedLookup(resolve, () => null) });
  expect(await post(target.url)).toMatchObject({ ok: true });
});

test('a connection is kept, and asks for no address again', async () => {
  const target = await ownReceiver();
  const { resolve, asked } = resolver(['127.0.0.1'], ['10.0.0.1']);
  const post = open({ targets: strict, lookup: checkedLookup(resolve, onlyOne) });
  for (let time = 0; time < 3; time += 1) {
    expect(await post(target.url)).toMatchObject({ ok: true });
    // A connection is free only after one turn of the event loop.
    await setTimeout(10);
  }
  expect(asked()).toBe(1);
  expect(new Set(target.received.map(({ remotePort }) => remotePort)).size).toBe(1);
  expect(target.received[0]?.headers.host).toMatch(/^receiver\.example:\d+$/);
});

test('a name without an address is a matter of its name servers', async () => {
  const post = open({ targets: strict, lookup: checkedLookup(resolver([]).resolve) });
  expect(await post('http://nowhere.example/')).toEqual({ ok: false, reason: 'dns_failed' });
});

test('a resolver that breaks is a bug of ours', async () => {
  const broken = () => Promise.reject(new Error('broken'));
  const post = open({ targets: strict, lookup: checkedLookup(broken) });
  await expect(post('http://receiver.example/')).rejects.toThrow('broken');
});

test('where a redirect leads is of no interest', async () => {
  const { port, connections } = await tripwire();
  const location = `http://127.0.0.1:${port}/`;
  const target = await ownReceiver((response) => response.writeHead(307, { location }).end());
  const post = open({ targets: strict, lookup: checkedLookup(resolver(['127.0.0.1']).resolve, onlyOne) });
  expect(await post(target.url)).toMatchObject({ ok: true, statusCode: 307 });
  expect([target.received.length, connections()]).toEqual([1, 0]);
});

test('https is asked for where it must be, unless a request may do without', async () => {
  const target = await ownReceiver();
  const post = open({ targets: { allowPrivate: true, requireHttps: true } });
  expect(await post(target.origin)).toEqual({ ok: false, reason: 'https_required' });
  expect(target.received).toEqual([]);
  expect(await post(target.origin, true)).toMatchObject({ ok: true });
});

test.each(['http://user:word@127.0.0.1/', 'ftp://127.0.0.1/'])('%s is no target anywhere', async (url) => {
  const post = open({ targets: { allowPrivate: true, requireHttps: false } });
  expect(await post(url)).toEqual({ ok: false, reason: 'invalid_target' });
});

test('a proxy in the environment is not used', async () => {
  const { port, connections } = await tripwire();
  const target = await ownReceiver();
  const { env } = process;
  process.env = { ...env, HTTP_PROXY: `http://127.0.0.1:${port}`, http_proxy: `http://127.0.0.1:${port}` };
  cleanups.push(async () => {
    process.env = env;
  });
  expect(await open({})(target.origin)).toMatchObject({ ok: true });
  expect(connections()).toBe(0);
});

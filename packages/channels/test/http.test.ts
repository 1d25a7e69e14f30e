import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createHttp, type Http, type HttpOptions } from '../src/http.js';
import { type Behaviour, receiver, until } from './receiver.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function open(options: Partial<HttpOptions> = {}): Http {
  const http = createHttp({ timeoutMs: 10_000, ...options });
  cleanups.push(() => http.close());
  return http;
}

async function setUp(behave: Behaviour, http = open()) {
  const target = await receiver(behave);
  cleanups.push(() => target.close());
  const post = (path = '/', body = '{}') => http.post({ url: target.origin + path, headers: {}, body });
  return { post, target };
}

test('sends the body and the whole path, and gives back the answer', async () => {
  const { post, target } = await setUp((response) =>
    response.writeHead(201, ['retry-after', '5', 'retry-after', '6']).end('ok\0é'),
  );
  const result = await post('/a/b?c=d%20e#f', '{"é":1}');
  expect(result).toEqual({ ok: true, statusCode: 201, retryAfter: '5', excerpt: 'ok\uFFFDé' });
  expect(target.received[0]).toMatchObject({ method: 'POST', path: '/a/b?c=d%20e' });
  expect(target.received[0]?.body.toString()).toBe('{"é":1}');
});

test('keeps the first KiB, without half a character at its end', async () => {
  const { post } = await setUp((response) => {
    response.write('x'.repeat(1023), () => response.end('é and more'));
  });
  expect(await post()).toMatchObject({ excerpt: 'x'.repeat(1023) });
});

test('asks without a body, and keeps as much of the answer as is wanted', async () => {
  const long = 'x'.repeat(100_000);
  const { target } = await setUp((response) => response.end(`${long}é and more`));
  const http = open();
  const question = { url: `${target.origin}/list?a=b`, headers: { 'x-a': 'b' } };
  expect(await http.get({ ...question, keepBytes: 100_001 })).toMatchObject({ ok: true, excerpt: long });
  expect(await http.get(question)).toMatchObject({ ok: true, excerpt: 'x'.repeat(1024) });
  expect(target.received[0]).toMatchObject({ method: 'GET', path: '/list?a=b', headers: { 'x-a': 'b' } });
  expect(target.received[0]?.body.length).toBe(0);
});

test('one exchange may have another deadline than the others', async () => {
  const { target } = await setUp(() => undefined);
  const http = open({ timeoutMs: 20_000 });
  const question = { url: target.origin, headers: {}, timeoutMs: 50 };
  const started = performance.now();
  expect(await http.get(question)).toEqual({ ok: false, reason: 'timeout' });
  expect(await http.post({ ...question, body: '{}' })).toEqual({ ok: false, reason: 'timeout' });
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('bytes that are no text become text', async () => {
  const { post } = await setUp((response) => response.end(Buffer.from([0xff, 0x00, 0x61])));
  expect(await post()).toMatchObject({ excerpt: '\uFFFD\uFFFDa' });
});

test('cuts the connection of an answer beyond 64 KiB, and no other', async () => {
  const { post, target } = await setUp((response) => response.end(Buffer.alloc(64 * 1024, 'x')));
  await post();
  expect(target.open()).toBe(1);
  const flood = await setUp((response) => response.end(Buffer.alloc(64 * 1024 + 1, 'x')));
  expect(await flood.post()).toMatchObject({ ok: true, statusCode: 200 });
  await until(() => flood.target.open() === 0);
});

test('uses a connection again', async () => {
  const { post, target } = await setUp((response) => response.end('ok'));
  await post();
  // It is free only after one turn of the event loop, lest the receiver closes it right behind its answer.
  await setTimeout(10);
  await post();
  expect(target.received[1]?.remotePort).toBe(target.received[0]?.remotePort);
});

test('connects anew where the receiver closed an idle connection', async () => {
  const { post, target } = await setUp((response, socket) => {
    response.end('ok', () => socket.end());
  });
  await post();
  await until(() => target.open() === 0);
  expect(await post()).toMatchObject({ ok: true });
});

test('the time spent waiting for a connection counts, and what waited too long is never sent', async () => {
  const http = createHttp({ timeoutMs: 200, connections: 1 });
  const { post, target } = await setUp(() => undefined, http);
  const results = await Promise.all([post('/first'), post('/second')]);
  expect(results).toEqual([
    { ok: false, reason: 'timeout' },
    { ok: false, reason: 'timeout' },
  ]);
  await http.close();
  expect(target.received.map(({ path }) => path)).toEqual(['/first']);
});

test('the time spent connecting counts', async () => {
  const silent = createServer((socket) => cleanups.push(async () => void socket.destroy()));
  silent.listen(0, '127.0.0.1');
  cleanups.push(async () => void silent.close());
  await once(silent, 'listening');
  const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const http = open({ timeoutMs: 200 });
  const started = performance.now();
  expect(await http.post({ url, headers: {}, body: '{}' })).toEqual({ ok: false, reason: 'timeout' });
  expect(performance.now() - started).toBeLessThan(5_000);
});

test.each(['', 'example.com', 'ftp://example.com/', 'http://', 'http://exa mple/', 'file:///etc/passwd'])(
  '%j is no target',
  async (url) => {
    expect(await open().post({ url, headers: {}, body: '{}' })).toEqual({
      ok: false,
      reason: 'invalid_target',
    });
  },
);

test('a bug of ours is an exception, not a reason', async () => {
  const bad = { url: 'http://127.0.0.1:1/', headers: { 'x-a': 'b\nc' }, body: '{}' };
  await expect(open().post(bad)).rejects.toThrow('invalid x-a header');
});

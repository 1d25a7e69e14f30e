import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

const doors = ['/events', '/webhooks/alerts'];
const tooLarge = 2 ** 20 + 1;

/** What is answered to the first part of a request, and when nothing more of it comes. */
function answerTo(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(api.url);
    const socket = createConnection(Number(port), hostname);
    let answer = '';
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}

test.each([...doors, '/users'])('%s refuses what is too large before any of it came', async (path) => {
  const answer = await answerTo(
    `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${tooLarge}\r\n\r\n{`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('"reason":"too_large"');
});

test.each(doors)('%s reads no more than 1 MiB out of a few kilobytes', async (path) => {
  const bomb = gzipSync(Buffer.alloc(tooLarge, ' '));
  expect(bomb.length).toBeLessThan(4_096);
  const { status, body } = await post(path, { 'content-encoding': 'gzip' }, bomb);
  expect([status, body.reason]).toEqual([413, 'too_large']);
});

test('1 MiB is not too large', async () => {
  const frame = JSON.stringify({ type: 'a.b', data: '' });
  const event = JSON.stringify({ type: 'a.b', data: 'x'.repeat(2 ** 20 - frame.length) });
  expect((await post('/events', {}, Buffer.from(event))).status).toBe(202);
});

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test.each([
  ['/events', (deep: string) => `{"type":"a.b","data":${deep}}`],
  ['/webhooks/alerts', (deep: string) => `{"url":${deep}}`],
  ['/users', (deep: string) => `{"name":${deep}}`],
  ['/subscriptions', (deep: string) => `{"filter":${deep}}`],
  ['/subscriptions/preview', (deep: string) => `{"sample":${deep}}`],
])('%s takes 64 levels, and not one more', async (path, body) => {
  const fits = await post(path, {}, Buffer.from(body(nested(63))));
  expect(fits.body.reason).not.toBe('too_deep');
  const deep = await post(path, {}, Buffer.from(body(nested(64))));
  expect([deep.status, deep.body.reason]).toEqual([400, 'too_deep']);
  expect(deep.body.detail).toContain('64 levels');
});

test('JSON is UTF-8, whatever the parser could read', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-16le' };
  const { status, body } = await post('/users', headers, Buffer.from(`{"name":${nested(64)}}`, 'utf16le'));
  expect([status, body.reason]).toEqual([415, 'unsupported_charset']);
});

function post(path: string, headers: Record<string, string>, body: Buffer) {
  const call = request(api.url)
    .post(path)
    .set({ 'content-type': 'application/json', ...headers });
  return call.serialize((bytes) => bytes).send(body);
}

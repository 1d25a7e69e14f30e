import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { fetchIncidents, fetchSummary } from '../src/statuspage-fetch.js';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let origin = '';
let answer: Answer = (response) => response.end('{}');
let requests: IncomingMessage[] = [];

const server = createServer((request, response) => {
  requests.push(request);
  answer(response, request);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  requests = [];
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function ask(etag: string | null = null, limits: { timeoutMs?: number; maxBytes?: number } = {}) {
  return fetchSummary(`${origin}/api/v2/summary.json`, { etag, ...limits });
}

/** The first `hops` requests are sent on to the next. */
function redirects(hops: number): Answer {
  return (response) => {
    if (requests.length > hops) response.end('{"there":true}');
    else response.writeHead(302, { location: `/hop/${requests.length}` }).end();
  };
}

test('200: the bytes as they came, and the ETag', async () => {
  answer = (response) => response.writeHead(200, { etag: 'W/"1"' }).end(Buffer.from([0x7b, 0xff, 0x7d]));
  expect(await ask()).toEqual({ type: 'fetched', bytes: Buffer.from([0x7b, 0xff, 0x7d]), etag: 'W/"1"' });
  expect(requests[0]?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'Signalbox' });
  expect(requests[0]?.headers).not.toHaveProperty('if-none-match');
});

test('304 to the ETag we have: unchanged; to none: a mistake', async () => {
  answer = (response) => response.writeHead(304).end();
  expect(await ask('W/"1"')).toEqual({ type: 'unchanged' });
  expect(requests[0]?.headers['if-none-match']).toBe('W/"1"');
  expect(await ask()).toMatchObject({ type: 'failed', reason: 'bad_status' });
});

test.each([204, 401, 404, 429, 500, 503])('%d: failed', async (status) => {
  answer = (response) => response.writeHead(status).end('{}');
  expect(await ask()).toEqual({ type: 'failed', reason: 'bad_status', detail: `answered ${status}` });
});

test('three redirects are followed, four are not', async () => {
  answer = redirects(3);
  expect(await ask()).toMatchObject({ type: 'fetched', bytes: Buffer.from('{"there":true}'), etag: null });
  requests = [];
  answer = redirects(4);
  expect(await ask()).toMatchObject({ type: 'failed', reason: 'bad_status' });
  expect(requests).toHaveLength(4);
});

test('no answer: a timeout', async () => {
  answer = () => undefined;
  expect(await ask(null, { timeoutMs: 100 })).toMatchObject({ type: 'failed', reason: 'timeout' });
});

test('a body that trickles: a timeout too, although bytes keep coming', async () => {
  answer = (response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  };
  expect(await ask(null, { timeoutMs: 200 })).toMatchObject({ type: 'failed', reason: 'timeout' });
});

test('redirects do not start the clock anew', async () => {
  answer = (response) => setTimeout(() => response.writeHead(302, { location: '/on' }).end(), 80);
  expect(await ask(null, { timeoutMs: 200 })).toMatchObject({ type: 'failed', reason: 'timeout' });
});

test('6 MB: too large, announced or not, compressed or not; what just fits does not', async () => {
  const large = Buffer.alloc(6_000_000, ' ');
  const tooLarge = { type: 'failed', reason: 'too_large' };
  answer = (response) => response.end(large);
  expect(await ask()).toMatchObject(tooLarge);
  answer = (response) => {
    response.write(large);
    response.end();
  };
  expect(await ask()).toMatchObject(tooLarge);
  answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(large));
  expect(await ask()).toMatchObject(tooLarge);
  answer = (response) => response.end(large.subarray(0, 5_000_000));
  expect(await ask()).toMatchObject({ type: 'fetched' });
});

test('a connection that breaks off in the middle: unreachable', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{');
    setTimeout(() => response.destroy(), 20);
  };
  expect(await ask()).toMatchObject({ type: 'failed', reason: 'unreachable' });
});

test.each(['http://127.0.0.1:1/summary.json', 'http://[', 'ftp://127.0.0.1/summary.json'])(
  '%s: unreachable',
  async (url) => {
    expect(await fetchSummary(url, { etag: null })).toMatchObject({ type: 'failed', reason: 'unreachable' });
  },
);

test.each(['http://[', 'ftp://127.0.0.1/', 'file:///etc/hosts'])(
  'redirected to %s: failed',
  async (location) => {
    answer = (response) => response.writeHead(302, { location }).end();
    expect(await ask()).toMatchObject({ type: 'failed' });
  },
);

describe('incidents.json', () => {
  test('stands beside summary.json', async () => {
    answer = (response, { url }) => response.end(url);
    const bytes = await fetchIncidents(`${origin}/status/api/v2/summary.json?key=1`);
    expect(String(bytes)).toBe('/status/api/v2/incidents.json?key=1');
  });

  test('is null where it cannot be had', async () => {
    answer = (response) => response.writeHead(404).end();
    expect(await fetchIncidents(`${origin}/api/v2/summary.json`)).toBeNull();
    expect(await fetchIncidents('http://127.0.0.1:1/summary.json')).toBeNull();
  });

  test('is not asked for beside anything else', async () => {
    expect(await fetchIncidents(`${origin}/api/v2/status.json`)).toBeNull();
    expect(await fetchIncidents('summary.json')).toBeNull();
    expect(requests).toHaveLength(0);
  });
});

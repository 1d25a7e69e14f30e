import * as fc from 'fast-check';
import { type RunningApi, startApi } from './running-api.js';
import { exchange, wireBytes } from './wire.js';

/** FUZZ_RUNS=50 sends fifty times as much. */
const times = Number(process.env.FUZZ_RUNS ?? 1);
const runs = 400 * times;

let api: RunningApi;
let port: number;
const strays: unknown[] = [];
const noteStray = (reason: unknown) => void strays.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', noteStray);
  api = await startApi();
  port = Number(new URL(api.url).port);
});

afterAll(async () => {
  process.off('unhandledRejection', noteStray);
  await api.stop();
});

const healthy = 'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

const method = fc.constantFrom(
  'GET',
  'POST',
  'get',
  'G(T',
  '',
  'CONNECT',
  'OPTIONS',
  'PRI',
  'M-SEARCH',
  'X'.repeat(9_000),
);
const target = fc.oneof(
  fc.constantFrom(
    '/healthz',
    '*',
    '',
    '/',
    '//',
    '/\0',
    '/a b',
    '/\xff',
    'http://a/healthz',
    'http://a:99999999/events',
    'http://[::/events',
  ),
  fc.constantFrom(
    'a:443',
    '/events?limit=\x80',
    `/${'x'.repeat(20_000)}`,
    '/healthz#a',
    '?',
    '#',
    'events',
    '/..//../healthz',
    'http://',
    '//[::/x',
  ),
  fc.string({ unit: 'binary-ascii' }),
);
const version = fc.constantFrom(
  'HTTP/1.1',
  'HTTP/1.0',
  'HTTP/2.0',
  'HTTP/9.9',
  'HTTP/1.1 ',
  'http/1.1',
  'HTTP',
  '',
);
const header = fc.oneof(
  fc.constantFrom(
    'host: x',
    'host: y',
    'host:',
    'connection: close',
    'connection: keep-alive',
    'connection: upgrade',
    'upgrade: h2c',
  ),
  fc.constantFrom(
    'content-length: 3',
    'content-length: 4',
    'content-length: -1',
    'content-length: 1e3',
    'content-length: 99999999999999999999',
    'content-length: +3',
    'content-length: 3, 3',
  ),
  fc.constantFrom(
    'transfer-encoding: chunked',
    'transfer-encoding: gzip, chunked',
    'transfer-encoding: x',
    'Transfer-Encoding : chunked',
    'transfer-encoding:\tchunked',
  ),
  fc.constantFrom(
    'expect: 100-continue',
    'expect: x',
    'content-type: application/json',
    ' folded: yes',
    ': nameless',
    'no colon',
    'a\0b: c',
    'a: \0',
    'a: \x7f',
    `a: ${'x'.repeat(20_000)}`,
  ),
  fc.string({ unit: 'binary-ascii' }),
);
const ending = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r');
const body = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '{}x',
    '2\r\n{}\r\n0\r\n\r\n',
    '2\r\n{}\r\n',
    'zz\r\n',
    '-1\r\n',
    '2;ext="\r\n{}\r\n0\r\n',
    'ffffffffffffffff\r\n{}',
    '0\r\ntrailer: x\r\n\r\n',
  ),
  fc.string({ unit: 'binary-ascii' }),
);
const written = fc
  .tuple(method, target, version, fc.array(header, { maxLength: 6 }), ending, body)
  .map(([verb, path, spoken, headers, end, rest]) =>
    [`${verb} ${path} ${spoken}`, ...headers, '', rest].join(end),
  );
const pipelined = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: fc.constant(healthy.replace('connection: close', 'a: b')) }, written),
    { maxLength: 5 },
  )
  .map((requests) => requests.join('') + healthy);
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const cutOff = fc
  .tuple(fc.constantFrom('/events', '/webhooks/alerts', '/users', '/ai/summarize'), fc.nat({ max: 150 }))
  .map(([path, length]) => {
    const content = Buffer.from('{"type":"cut.off","data":{"text":"halfway"}}');
    const headers = [
      ['content-type', 'application/json'],
      ['content-length', `${content.length}`],
    ] as const;
    return wireBytes({ method: 'POST', target: path, headers, body: content })
      .subarray(0, length)
      .toString('latin1');
  });
const spoken = fc.oneof({ weight: 6, arbitrary: written }, { weight: 2, arbitrary: pipelined }, noise, {
  weight: 2,
  arbitrary: cutOff,
});

test(
  'whatever comes over the wire, the server answers in HTTP or hangs up, and goes on serving',
  async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(spoken, async (text) => {
        // A request that never ends is not what this is about: we end it.
        const answer = await exchange(port, Buffer.from(text, 'latin1'), { endFirst: true });
        if (answer) statuses.add(answer.status);
        if (answer) expect(answer.status < 500 && answer.status >= 100).toBe(true);
        expect(await exchange(port, Buffer.from(healthy))).toMatchObject({
          status: 200,
          body: '{"ok":true}',
        });
      }),
      { numRuns: runs },
    );
    expect(strays).toEqual([]);
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]));
    expect(api.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    // Half a request is none.
    expect((await api.pool.query(`select 1 from signals where event_type = 'cut.off'`)).rowCount).toBe(0);
  },
  120_000 * times,
);

test('requests in one packet are answered in their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('/healthz', '/none', '/users?limit=x'), { maxLength: 8 }),
      async (paths) => {
        const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join('') + healthy;
        const answers = await exchange(port, Buffer.from(requests));
        const text = `HTTP/1.1 ${answers?.status} \r\n${answers?.body}`;
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
        expect(statuses).toEqual(
          [...paths, '/healthz'].map((path) => ({ '/healthz': 200, '/none': 404 })[path] ?? 400),
        );
      },
    ),
    { numRuns: runs / 10 },
  );
});

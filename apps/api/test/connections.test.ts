import { type AddressInfo, createConnection } from 'node:net';
import express from 'express';
import { closeServer, createHttpServer } from '../src/server.js';

const app = express();
app.disable('x-powered-by');
app.get('/', (_request, response) => response.end('whole'));
app.post('/', express.raw({ type: () => true }), (_request, response) => response.end('whole'));
app.get('/half', (_request, response) => response.write('half of an answer'));

const server = createHttpServer(app, { headersMs: 300, requestMs: 600, lookEveryMs: 20 });

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => closeServer(server));

/** Writes the beginning of something, then a bit every 20 ms; what was answered until the connection ended. */
function trickle(beginning: string, bit?: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.write(beginning);
    const timer = setInterval(() => bit && socket.write(bit), 20);
    // Written to after its end, a connection fails as it should.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}

test.each([
  ['nothing', '', undefined],
  ['a header byte by byte', 'GET / HTTP/1.1\r\nhost: a\r\nx: ', 'x'],
  ['headers without an end', 'GET / HTTP/1.1\r\nhost: a\r\n', 'x: y\r\n'],
  ['a body byte by byte', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n', 'x'],
  ['chunks without an end', 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
  ['half a second request', 'GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HT', undefined],
])('who sends %s is told to be quicker, and cut off', async (_, beginning, bit) => {
  const answer = await trickle(beginning, bit);
  expect(answer).toContain('HTTP/1.1 408 Request Timeout\r\n');
  expect(problemIn(answer)).toMatchObject({ status: 408, reason: 'too_slow' });
});

test('an idle connection is kept for the next request, much longer than headers may take', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.on('close', () => resolve(answer));
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    // This must be time: that nothing happens in it is what is tested.
    setTimeout(() => socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'), 1_000);
  });
  expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
});

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    400,
    'bad_request',
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'bad_request',
  ],
  [
    'large headers',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
])('%s is answered with a problem', async (_, text, status, reason) => {
  const answer = await trickle(text);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toContain('\r\nconnection: close\r\n');
  expect(problemIn(answer)).toMatchObject({ status, reason });
});

test('an answer under way is not written into', async () => {
  const request = 'GET /half HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n';
  const answer = await trickle(request, 'this is no chunk\r\n');
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

function problemIn(answer: string): unknown {
  return JSON.parse(answer.slice(answer.lastIndexOf('\r\n\r\n')));
}

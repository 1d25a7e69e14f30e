import { gzipSync } from 'node:zlib';
import type { Outcome, Reason } from '@signalbox/domain';
import type { Behaviour } from './receiver.js';

/** How a receiver may behave, and what every channel has to make of it. */
export interface Case {
  name: string;
  behave: Behaviour;
  outcome: Outcome;
  statusCode: number | null;
  /** The answer has no end in time, so the channel has to cut it. */
  deadline?: 'short';
}

const delivered: Outcome = { type: 'delivered' };
const retry = (reason: Reason): Outcome => ({ type: 'retry', reason });
const failed = retry('connection_failed');
const chunk = Buffer.alloc(16 * 1024, 'x');

function status(statusCode: number, outcome: Outcome, headers: Record<string, string> = {}): Case {
  const named = Object.entries(headers).map(([name, value]) => `, ${name}: ${value}`);
  return {
    name: `${statusCode}${named.join('')}`,
    behave: (response) => response.writeHead(statusCode, headers).end(),
    outcome,
    statusCode,
  };
}

/** What is written without regard to HTTP; a line may be left open, and the connection is. */
function raw(name: string, status: string, lines: string[], outcome: Outcome): Case {
  const statusCode = outcome === failed ? null : Number.parseInt(status, 10);
  const text = [`HTTP/1.1 ${status}`, ...lines, ''].join('\r\n');
  return { name, behave: (_, socket) => socket.write(text), outcome, statusCode };
}

const answers: Case[] = [
  status(200, delivered),
  status(201, delivered),
  status(202, delivered),
  status(204, delivered),
  status(301, retry('redirected'), { location: '/elsewhere' }),
  status(302, retry('redirected'), { location: '/elsewhere' }),
  status(304, retry('redirected')),
  status(307, retry('redirected'), { location: '/elsewhere' }),
  status(308, retry('redirected'), { location: '/elsewhere' }),
  status(400, retry('client_error')),
  status(401, retry('client_error')),
  status(404, retry('client_error')),
  status(408, retry('client_error')),
  status(410, { type: 'refused', reason: 'gone' }),
  status(429, retry('rate_limited')),
  status(429, { type: 'retry', reason: 'rate_limited', afterMs: 120_000 }, { 'retry-after': '120' }),
  status(500, retry('server_error')),
  status(502, retry('unavailable')),
  status(503, { type: 'retry', reason: 'unavailable', afterMs: 7_000 }, { 'retry-after': '7' }),
  status(504, retry('unavailable')),
];

const oddities: Case[] = [
  {
    name: 'early hints, then 200',
    behave: (response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end();
    },
    outcome: delivered,
    statusCode: 200,
  },
  {
    name: 'a compressed body',
    behave: (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('ok')),
    outcome: delivered,
    statusCode: 200,
  },
  {
    name: 'a body of 5 MB',
    behave: (response) => response.end(Buffer.alloc(5_000_000, 'x')),
    outcome: delivered,
    statusCode: 200,
  },
  {
    name: 'an endless body',
    behave: (response) => {
      const flood = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', flood);
      flood();
    },
    outcome: delivered,
    statusCode: 200,
  },
  {
    name: 'a body that breaks off',
    behave: (response, socket) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => socket.destroy());
    },
    outcome: delivered,
    statusCode: 200,
  },
  raw('a body longer than announced', '200 OK', ['content-length: 2', '', 'ok and more'], delivered),
  raw('a chunk without a size', '200 OK', ['transfer-encoding: chunked', '', 'zz', 'ok', '0', ''], delivered),
  raw(
    'a chunk too large to be true',
    '200 OK',
    ['transfer-encoding: chunked', '', 'f'.repeat(20)],
    delivered,
  ),
  raw(
    '500 and a chunk without a size',
    '500 Oops',
    ['transfer-encoding: chunked', '', 'zz'],
    retry('server_error'),
  ),
  raw('a head of 15 KiB', '200 OK', [`x-a: ${'x'.repeat(15 * 1024)}`, 'content-length: 0', ''], delivered),
];

const slowness: Case[] = [
  {
    name: 'accepts and never answers',
    behave: () => undefined,
    outcome: { type: 'retry', reason: 'timeout' },
    statusCode: null,
    deadline: 'short',
  },
  {
    name: 'early hints, then nothing',
    behave: (response) => response.writeEarlyHints({ link: '</a>; rel=preload' }),
    outcome: { type: 'retry', reason: 'timeout' },
    statusCode: null,
    deadline: 'short',
  },
  {
    name: 'stops inside the head',
    behave: (_, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-'),
    outcome: { type: 'retry', reason: 'timeout' },
    statusCode: null,
    deadline: 'short',
  },
  {
    name: '200, then stops inside the body',
    behave: (response) => response.writeHead(200, { 'content-length': '100' }).write('half'),
    outcome: delivered,
    statusCode: 200,
    deadline: 'short',
  },
  {
    name: '500, then stops inside the body',
    behave: (response) => response.writeHead(500).write('half'),
    outcome: retry('server_error'),
    statusCode: 500,
    deadline: 'short',
  },
  {
    name: 'a body that trickles',
    behave: (response) => {
      const trickle = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(trickle));
    },
    outcome: delivered,
    statusCode: 200,
    deadline: 'short',
  },
];

const breaks: Case[] = [
  {
    name: 'resets the connection',
    behave: (_, socket) => socket.resetAndDestroy(),
    outcome: { type: 'retry', reason: 'connection_reset' },
    statusCode: null,
  },
  {
    name: 'closes without an answer',
    behave: (_, socket) => socket.end(),
    outcome: { type: 'retry', reason: 'connection_reset' },
    statusCode: null,
  },
  {
    name: 'does not speak HTTP',
    behave: (_, socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    outcome: { type: 'retry', reason: 'connection_failed' },
    statusCode: null,
  },
  {
    name: 'switches protocols unasked',
    behave: (_, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    outcome: { type: 'retry', reason: 'connection_failed' },
    statusCode: null,
  },
  raw('switches protocols without saying to which', '101 Switching Protocols', [''], failed),
  raw('a status below 100', '099 Odd', ['content-length: 0', ''], failed),
  raw('a status that is no number', 'OK', ['content-length: 0', ''], failed),
  raw('two lengths', '200 OK', ['content-length: 2', 'content-length: 3', '', 'ok'], failed),
  raw('the same length twice', '200 OK', ['content-length: 2', 'content-length: 2', '', 'ok'], failed),
  raw(
    'a length and chunks',
    '200 OK',
    ['content-length: 2', 'transfer-encoding: chunked', '', '0', ''],
    failed,
  ),
  raw('a negative length', '200 OK', ['content-length: -1', '', 'ok'], failed),
  raw('a header of 17 KiB', '200 OK', [`x-a: ${'x'.repeat(17 * 1024)}`, ''], failed),
  raw('a thousand headers', '200 OK', [...Array(1_000).fill('x-a: a header of many'), ''], failed),
];

export const cases: Case[] = [...answers, ...oddities, ...slowness, ...breaks];

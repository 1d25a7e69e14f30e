import type { Outcome, Sent } from '@signalbox/domain';
import { createHttp } from '../src/http.js';
import { webhook } from '../src/webhook.js';
import { deliveryOf, subscriberAt } from './delivery.js';
import { type Behaviour, type Receiver, receiver } from './receiver.js';
import { toolsWith } from './tools.js';

/** Answers with the status in the path; one below 200 goes out as it stands, alone or before the 410 that is meant. */
const asTold: Behaviour = (response, socket, { path }) => {
  const [, status, next] = path?.split('/') ?? [];
  if (Number(status) >= 200) return response.writeHead(Number(status)).end();
  socket.write(`HTTP/1.1 ${status} Interim\r\n\r\n`);
  if (next === 'then-410') response.writeHead(410).end();
};

const http = createHttp({ timeoutMs: 20_000 });
const send = webhook.open({}, toolsWith(http));
let target: Receiver;

beforeAll(async () => {
  target = await receiver(asTold);
});

afterAll(async () => {
  await http.close();
  await target.close();
});

function ask(path: string, timeoutMs = 20_000): Promise<Sent> {
  const subscriber = subscriberAt(`${target.origin}/${path}`, { timeoutMs });
  return send(deliveryOf('stripe/payout_failed', { subscriber }));
}

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const delivered: Outcome = { type: 'delivered' };
const gone: Outcome = { type: 'refused', reason: 'gone' };
const redirected: Outcome = { type: 'retry', reason: 'redirected' };
const clientError: Outcome = { type: 'retry', reason: 'client_error' };
const rateLimited: Outcome = { type: 'retry', reason: 'rate_limited' };
const serverError: Outcome = { type: 'retry', reason: 'server_error' };
const unavailable: Outcome = { type: 'retry', reason: 'unavailable' };
const timeout: Outcome = { type: 'retry', reason: 'timeout' };
const connectionFailed: Outcome = { type: 'retry', reason: 'connection_failed' };

/** Source: requirement W4. */
function expected(status: number): Outcome {
  if (status < 300) return delivered;
  if (status < 400) return redirected;
  if (status === 410) return gone;
  if (status === 429) return rateLimited;
  if (status < 500) return clientError;
  return [502, 503, 504].includes(status) ? unavailable : serverError;
}

test('every status from 200 to 599', async () => {
  for (const status of from(200, 599)) {
    const { outcome, statusCode } = await ask(String(status));
    expect({ status, outcome, statusCode }).toEqual({
      status,
      outcome: expected(status),
      statusCode: status,
    });
  }
  expect(target.received).toHaveLength(400);
});

test.each([
  [200, 'OK', delivered],
  [202, 'Accepted', delivered],
  [204, 'No Content', delivered],
  [206, 'Partial Content', delivered],
  [299, 'the last of its kind', delivered],
  [300, 'Multiple Choices', redirected],
  [301, 'Moved Permanently', redirected],
  [304, 'Not Modified', redirected],
  [308, 'Permanent Redirect', redirected],
  [400, 'Bad Request', clientError],
  [401, 'Unauthorized', clientError],
  [403, 'Forbidden', clientError],
  [404, 'Not Found', clientError],
  [407, 'Proxy Authentication Required', clientError],
  [408, 'Request Timeout', clientError],
  [409, 'Conflict', clientError],
  [410, 'Gone', gone],
  [413, 'Content Too Large', clientError],
  [421, 'Misdirected Request', clientError],
  [425, 'Too Early', clientError],
  [429, 'Too Many Requests', rateLimited],
  [451, 'Unavailable For Legal Reasons', clientError],
  [499, 'Client Closed Request (nginx)', clientError],
  [500, 'Internal Server Error', serverError],
  [501, 'Not Implemented', serverError],
  [502, 'Bad Gateway', unavailable],
  [503, 'Service Unavailable', unavailable],
  [504, 'Gateway Timeout', unavailable],
  [505, 'HTTP Version Not Supported', serverError],
  [511, 'Network Authentication Required', serverError],
  [522, 'Connection Timed Out (Cloudflare)', serverError],
  [599, 'the last of its kind', serverError],
])('%d %s', async (status, _, outcome) => {
  expect((await ask(String(status))).outcome).toEqual(outcome);
});

test('102 to 199 say nothing yet: what follows counts', async () => {
  for (const status of from(102, 199)) {
    const { outcome, statusCode } = await ask(`${status}/then-410`);
    expect({ status, outcome, statusCode }).toEqual({ status, outcome: gone, statusCode: 410 });
  }
});

test('102 to 199 and then nothing is no answer', async () => {
  const statuses = from(102, 199);
  const sent = await Promise.all(statuses.map((status) => ask(String(status), 300)));
  expect(sent.map(({ outcome, statusCode }) => ({ outcome, statusCode }))).toEqual(
    statuses.map(() => ({ outcome: timeout, statusCode: null })),
  );
});

// We ask for neither. HTTP would have us pass over a 100 all the same (RFC 9110 §15.2), but undici does not.
test.each(['100', '100/then-410', '101', '101/then-410'])('%s breaks the exchange', async (path) => {
  const { outcome, statusCode } = await ask(path);
  expect({ outcome, statusCode }).toEqual({ outcome: connectionFailed, statusCode: null });
});

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { constantTimeEqual, signStandardWebhook } from '@signalbox/domain';
import { type Arrival, renderPage } from './receiver-page.js';

// The process that stands in for the notification service in development. PORT and NOTIFICATION_SECRET come from
// the environment, and in a container RECEIVER_HOST (not HOST: who opens the API to others does not mean this page).

const kept = 200;
const bodyLimit = 1024 * 1024;
const toleranceSeconds = 300;
const secret = process.env.NOTIFICATION_SECRET;
const arrivals: Arrival[] = [];

const server = createServer((request, response) => {
  answer(request, response).catch((error: Error) => {
    process.stderr.write(`receiver: ${error.message}\n`);
    response.destroy();
  });
});
server.listen(Number(process.env.PORT), process.env.RECEIVER_HOST ?? '127.0.0.1');
process.on('SIGTERM', stop);
process.on('disconnect', stop);
// Whoever started us may have died while we were loading.
if (process.send !== undefined && !process.connected) stop();
// A terminal that was closed is no reason to end.
process.stdout.on('error', () => undefined);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  if (request.method === 'GET' && path === '/')
    return reply(response, 200, 'text/html', renderPage(arrivals));
  if (request.method === 'GET' && path === '/received.json') {
    return reply(response, 200, 'application/json', JSON.stringify(arrivals));
  }
  if (request.method !== 'POST') return reply(response, 404, 'text/plain', 'POST anything here.\n');
  const body = await readBody(request);
  if (body === undefined) return reply(response, 413, 'text/plain', 'At most 1 MiB.\n');
  record(arrivalOf(request, path, body));
  response.writeHead(204).end();
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
    .end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too much is read to its end all the same: who is still sending does not see an answer.
    if (size <= bodyLimit) chunks.push(chunk);
  }
  return size <= bodyLimit ? Buffer.concat(chunks) : undefined;
}

function arrivalOf({ method = '', headers }: IncomingMessage, path: string, body: Buffer): Arrival {
  return {
    at: new Date().toISOString(),
    method,
    path,
    // A subscription signs with a secret of its own, which we do not know.
    signature: path.startsWith('/hook') ? 'not checked' : examine(headers, body),
    idempotencyKey: single(headers['idempotency-key']),
    requestId: single(headers['x-request-id']),
    webhookId: single(headers['webhook-id']),
    body: parsed(body.toString()),
  };
}

function examine(headers: IncomingHttpHeaders, body: Buffer): Arrival['signature'] {
  const id = single(headers['webhook-id']);
  const timestamp = Number(single(headers['webhook-timestamp']));
  const signatures = single(headers['webhook-signature'])?.split(' ') ?? [];
  if (!secret) return 'not checked';
  if (id === null || signatures.length === 0) return 'missing';
  const expected = signStandardWebhook([secret], id, timestamp, body)['webhook-signature'];
  if (!signatures.some((signature) => constantTimeEqual(signature, expected))) return 'wrong';
  return Math.abs(Date.now() / 1000 - timestamp) > toleranceSeconds ? 'too old' : 'valid';
}

function record(arrival: Arrival): void {
  arrivals.push(arrival);
  if (arrivals.length > kept) arrivals.shift();
  const clock = arrival.at.slice(11, 19);
  process.stdout.write(
    `${clock} ← ${arrival.path} ${oneLine(arrival.body)} · signature ${arrival.signature}\n`,
  );
}

function oneLine(body: unknown): string {
  const fields: [string, unknown][] =
    typeof body === 'object' && body !== null ? Object.entries(body) : [['body', body]];
  return fields
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
    .replace(/\p{Cc}/gu, '?')
    .slice(0, 300);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

function stop(): void {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}

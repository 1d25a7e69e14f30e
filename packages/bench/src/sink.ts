import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sentAtOf } from './alert.js';
import { now } from './clock.js';
import { type Spread, spread } from './percentiles.js';

/** What the receiver has seen since it was last reset. */
export interface SinkStats {
  /** Notifications that arrived. */
  arrivals: number;
  /** The same without repetitions (by alert and user). */
  distinct: number;
  /** From the sending of the alert to the arrival of its notification. */
  latency: Spread;
}

interface Notification {
  url: string;
  alert_uuid: string;
  target_user_id: string;
}

const seen = new Set<string>();
let latencies: number[] = [];

const server = createServer((request, response) => {
  if (request.method === 'POST') return receive(request, response);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sink');
  if (pathname === '/count') return answer(response, { distinct: seen.size });
  answer(response, { arrivals: latencies.length, distinct: seen.size, latency: spread(latencies) });
  if (searchParams.has('reset')) reset();
});

function receive(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    record(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(204).end();
  });
}

function record(notification: Notification): void {
  latencies.push(now() - sentAtOf(notification.url));
  seen.add(notification.alert_uuid + notification.target_user_id);
}

function answer(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function reset(): void {
  seen.clear();
  latencies = [];
}

// Longer than any sender keeps an idle connection: otherwise one would write to a socket just being closed.
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
// Ctrl-C reaches the whole process group; when we end is for our parent to say.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

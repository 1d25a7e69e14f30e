import { createServer, type ServerResponse } from 'node:http';
import { now } from '../clock.js';
import { type Spread, spread } from '../percentiles.js';
import { type BadOne, badOnes } from './targets.js';
import { pacing, type Visits } from './visits.js';

/** What all receivers have seen since they were last asked with `reset`. */
export interface Seen {
  healthy: {
    arrivals: number;
    /** The same without repetitions. */
    distinct: number;
    /** From when a message was due to be sent until it arrived. */
    latency: Spread;
  };
  bad: Record<BadOne, Visits>;
}

/** What every message carries. `sent_at`: ms since 1970. */
export interface Message {
  id: string;
  sent_at: number;
}

const latencies: number[] = [];
const arrived = new Set<string>();
const bad = { hang: notebook(), busy: notebook(), slow: notebook() };
let hangs = true;

interface Notebook {
  at: number[];
  served: Set<string>;
  open: number;
  mostOpen: number;
}

function notebook(): Notebook {
  return { at: [], served: new Set(), open: 0, mostOpen: 0 };
}

const server = createServer((request, response) => {
  if (request.method === 'GET') return tell(request.url ?? '/', response);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
    const name = badOnes.find((one) => request.url === `/${one}`);
    if (name) receiveBadly(name, message, response);
    else receiveWell(message, response);
  });
});

function receiveWell(message: Message, response: ServerResponse): void {
  latencies.push(now() - message.sent_at);
  arrived.add(message.id);
  response.writeHead(204).end();
}

function receiveBadly(name: BadOne, { id }: Message, response: ServerResponse): void {
  const notes = bad[name];
  notes.at.push(now());
  notes.open += 1;
  notes.mostOpen = Math.max(notes.mostOpen, notes.open);
  response.on('close', () => {
    notes.open -= 1;
  });
  if (name === 'hang' && hangs) return;
  if (name !== 'busy') notes.served.add(id);
  response.writeHead(name === 'busy' ? 429 : 204).end();
}

function tell(url: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://receivers');
  if (pathname === '/heal') hangs = false;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(seen()));
  if (searchParams.has('reset')) reset();
}

function seen(): Seen {
  const healthy = { arrivals: latencies.length, distinct: arrived.size, latency: spread(latencies) };
  return { healthy, bad: { hang: visits(bad.hang), busy: visits(bad.busy), slow: visits(bad.slow) } };
}

function visits({ at, served, mostOpen }: Notebook): Visits {
  return { attempts: at.length, served: served.size, mostOpen, ...pacing(at) };
}

function reset(): void {
  latencies.length = 0;
  arrived.clear();
  // Requests that are open go on counting.
  for (const notes of Object.values(bad)) {
    Object.assign(notes, { ...notebook(), open: notes.open, mostOpen: notes.open });
  }
}

// Longer than any sender keeps an idle connection: otherwise one would write to a socket just being closed.
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('disconnect', () => process.exit(0));

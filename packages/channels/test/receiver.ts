import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Received {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** Tells connections apart. */
  remotePort: number | undefined;
}

/** Answers one request that was read to its end. */
export type Behaviour = (response: ServerResponse, socket: Socket, request: Received) => void;

export interface Receiver {
  origin: string;
  received: Received[];
  /** How many connections are open. */
  open(): number;
  close(): Promise<void>;
}

/** A receiver on a free port of the loopback interface that behaves as told. */
export async function receiver(behave: Behaviour): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    buffer(request).then((body) => {
      const { method, url: path, headers, socket } = request;
      const read = { method, path, headers, body, remotePort: socket.remotePort };
      received.push(read);
      behave(response, socket, read);
    }, ignoreCut);
  });
  const sockets = trackSockets(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    open: () => sockets.size,
    close: () => stop(server),
  };
}

/** A sender that cuts its own request is part of some tests. */
function ignoreCut(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ECONNRESET' && error.name !== 'AbortError') throw error;
}

function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', ignoreReset);
  });
  return sockets;
}

/** Being cut off is what a misbehaving receiver has to expect; HPE_… is a sender that speaks TLS to it. */
function ignoreReset(error: NodeJS.ErrnoException): void {
  if (!/^(ECONNRESET|EPIPE|HPE_\w+)$/.test(error.code ?? '')) throw error;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** The origin of a port on which nobody listens. */
export async function nobody(): Promise<string> {
  const briefly = await receiver(() => undefined);
  await briefly.close();
  return briefly.origin;
}

/** Waits until something is so; fails after 5 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('did not come true within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

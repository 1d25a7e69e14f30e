import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request a listener got. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** the body as JSON; throws when it is none */
  json: () => unknown;
  /** Unix time in milliseconds, when the whole of it was there */
  at: number;
}

/** What a listener does with a request: answers, or behaves badly. */
export type Answer =
  | { status: number; headers?: Record<string, string>; body?: string /** milliseconds */; afterMs?: number }
  | 'hang'
  | 'reset';

/** A receiver in this process, for tests to program and to ask. */
export interface Listener {
  readonly url: string;
  /** in the order they came */
  readonly requests: Received[];
  /** from now on; 204 to everything until then */
  readonly respond: (how: (request: Received) => Answer | Promise<Answer>) => void;
  readonly close: () => Promise<void>;
}

/** Listens on a port of 127.0.0.1 the system picks. */
export async function listen(): Promise<Listener> {
  const requests: Received[] = [];
  let how: (request: Received) => Answer | Promise<Answer> = () => ({ status: 204 });
  const server = createServer((request, response) => {
    receive(request)
      .then(async (received) => {
        requests.push(received);
        await act(response, await how(received));
      })
      // A sender that was killed, or an answer that threw: the connection shows it.
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    respond: (answer) => {
      how = answer;
    },
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return {
    method: request.method ?? '',
    path: request.url ?? '/',
    headers: request.headers,
    body,
    json: () => JSON.parse(body.toString()),
    at: Date.now(),
  };
}

async function act(response: ServerResponse, answer: Answer): Promise<void> {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (answer.afterMs !== undefined) await sleep(answer.afterMs);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

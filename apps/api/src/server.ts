import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Express, Request, Response } from 'express';
import { correlationId } from './correlation.js';
import { sendProblem } from './problem.js';
import { answerUnreadable } from './unreadable.js';

/** What a connection may take of us. Times in ms. */
export interface ConnectionLimits {
  /** From the first byte of a request, or the opening of a connection, to the end of its headers. */
  headersMs: number;
  /** From the first byte of a request to the last of its body. */
  requestMs: number;
  /** How often connections are looked through for those that took too long. */
  lookEveryMs: number;
}

/**
 * Headers fit into one packet, and a body of 1 MiB through a line of a few Mbit/s; who takes longer holds a connection
 * open for its own sake.
 */
const usualLimits: ConnectionLimits = { headersMs: 10_000, requestMs: 30_000, lookEveryMs: 2_000 };

/** Far more than senders and browsers need, and far less than what is left of a process's file descriptors. */
const mostConnections = 10_000;

/**
 * An HTTP server for an Express app whose requests and responses are born with the app's own prototypes. Express
 * otherwise changes the prototype of each one, which costs several times as much as all the rest of a request.
 */
export function createHttpServer(app: Express, limits: ConnectionLimits = usualLimits): Server {
  const server = createServer(
    {
      IncomingMessage: withPrototype(IncomingMessage, app.request),
      ServerResponse: withPrototype(ServerResponse, app.response) as typeof ServerResponse<IncomingMessage>,
      // Longer than a load balancer keeps idle connections, so that it is never us who closes one under a request.
      keepAliveTimeout: 65_000,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.lookEveryMs,
      maxHeaderSize: 16_384,
    },
    (request, response) => app(request as Request, response as Response, () => answerLast(request, response)),
  );
  server.maxHeadersCount = 200;
  server.maxConnections = mostConnections;
  server.on('clientError', answerUnreadable);
  return server;
}

/** Nobody else has answered: the target is none that Express can route, or an answer broke off in its middle. */
function answerLast(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) return void request.socket.destroy();
  response.setHeader('x-request-id', correlationId(request.headers));
  const detail = 'The target of the request must be a path such as /events.';
  sendProblem(response as Response, { status: 400, reason: 'bad_target', detail });
}

function withPrototype<Base extends abstract new (...args: never[]) => object>(
  base: Base,
  prototype: object,
): Base {
  function Born(this: object, ...args: unknown[]) {
    // Node's classes are functions of the old kind, and may be called on an object that exists.
    (base as unknown as (...args: unknown[]) => void).apply(this, args);
  }
  Born.prototype = prototype;
  return Born as unknown as Base;
}

/** Stops listening, and resolves when every request under way is answered. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection that was busy when we stopped listening becomes idle later, and would stay for its 65 s.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close((error) => {
      clearInterval(idle);
      if (error) reject(error);
      else resolve();
    });
  });
}

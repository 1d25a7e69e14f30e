import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Express } from 'express';

/**
 * An HTTP server for an Express app whose requests and responses are born with the app's own prototypes. Express
 * otherwise changes the prototype of each one, which costs several times as much as all the rest of a request.
 */
export function createHttpServer(app: Express): Server {
  const server = createServer(
    {
      IncomingMessage: withPrototype(IncomingMessage, app.request),
      ServerResponse: withPrototype(ServerResponse, app.response) as typeof ServerResponse<IncomingMessage>,
    },
    app,
  );
  // Longer than a load balancer keeps idle connections, so that it is never us who closes one under a request.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 66_000;
  return server;
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

import { createServer, type IncomingMessage } from 'node:http';
import { type Log, metrics, tellAtBoot, whyNotListening } from '@signalbox/runtime';

/** Whether an Authorization header lets its sender read. */
export type MayRead = (authorization: string | undefined) => Promise<boolean>;

/** Who asks for numbers sends one line and its headers. Unit: ms. */
const limits = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 1_000 };

/**
 * Serves `GET /metrics` to Prometheus and `GET /healthz` to whoever asks whether this process lives. If it cannot listen,
 * that is logged and nothing else stops: deliveries matter more than their numbers.
 * @param port 0: any that is free
 * @returns stops serving
 */
export function serveMetrics(port: number, host: string, mayRead: MayRead, log: Log): () => Promise<void> {
  const server = createServer(limits, (request, response) => {
    answer(request, mayRead).then(
      ({ status, text, ...headers }) => response.writeHead(status, headers).end(text),
      (error: unknown) => {
        log.error({ err: error }, 'metrics.failed');
        response.writeHead(500).end();
      },
    );
  });
  server.on('error', (error) =>
    tellAtBoot(log, 'error', 'metrics.cannot_listen', whyNotListening(error, host, port, 'METRICS_')),
  );
  server.listen(port, host, () => log.info({ address: server.address() }, 'metrics.listening'));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

interface Answer {
  status: number;
  text: string;
  'content-type': string;
  'www-authenticate'?: string;
}

async function answer({ url = '/', headers }: IncomingMessage, mayRead: MayRead): Promise<Answer> {
  const [path] = url.split('?');
  if (path === '/healthz') return { status: 200, text: '{"ok":true}', 'content-type': 'application/json' };
  if (path !== '/metrics') return plain(404, `There is no ${path}, but /metrics and /healthz.\n`);
  if (await mayRead(headers.authorization))
    return { status: 200, text: await metrics.metrics(), 'content-type': metrics.contentType };
  const refused = plain(401, 'This needs an API key that may read, as "Authorization: Bearer <key>".\n');
  return { ...refused, 'www-authenticate': 'Bearer' };
}

function plain(status: number, text: string): Answer {
  return { status, text, 'content-type': 'text/plain' };
}

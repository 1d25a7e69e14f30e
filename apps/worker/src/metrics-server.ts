import { createServer } from 'node:http';
import { type Log, metrics } from '@signalbox/runtime';

/**
 * Serves `GET /metrics` to Prometheus and `GET /healthz` to whoever asks whether this process lives. If it cannot listen,
 * that is logged and nothing else stops: deliveries matter more than their numbers.
 * @param port 0: any that is free
 * @returns stops serving
 */
export function serveMetrics(port: number, host: string, log: Log): () => Promise<void> {
  const server = createServer((request, response) => {
    answer(request.url).then(
      ({ status, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
      (error: unknown) => {
        log.error({ err: error }, 'metrics.failed');
        response.writeHead(500).end();
      },
    );
  });
  server.on('error', (error) => log.error({ err: error, host, port }, 'metrics.cannot_listen'));
  server.listen(port, host, () => log.info({ address: server.address() }, 'metrics.listening'));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

async function answer(url = '/'): Promise<{ status: number; type: string; text: string }> {
  const [path] = url.split('?');
  if (path === '/metrics') {
    return { status: 200, type: metrics.contentType, text: await metrics.metrics() };
  }
  if (path === '/healthz') return { status: 200, type: 'application/json', text: '{"ok":true}' };
  return { status: 404, type: 'text/plain', text: `There is no ${path}, but /metrics and /healthz.\n` };
}

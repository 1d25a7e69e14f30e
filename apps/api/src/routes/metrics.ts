import { metrics } from '@signalbox/runtime';
import type { Router } from 'express';
import type { Context } from '../context.js';
import { lookAtQueues } from '../metrics.js';

/** What Prometheus reads. */
export function mountMetrics(app: Router, { redis, queues, log }: Context): void {
  app.get('/metrics', async (_request, response) => {
    await lookAtQueues(redis, queues, log);
    const text = await metrics.metrics();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  });
}

import { metrics } from '@signalbox/runtime';
import type { Router } from 'express';
import type { Context } from '../context.js';
import { lookAtQueues, lookAtRejected } from '../metrics.js';

/** What Prometheus reads. */
export function mountMetrics(app: Router, { redis, queues, pool, log }: Context): void {
  app.get('/metrics', async (_request, response) => {
    await Promise.all([lookAtQueues(redis, queues, log), lookAtRejected(pool, log)]);
    const text = await metrics.metrics();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  });
}

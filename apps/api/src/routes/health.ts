import { workersAlive } from '@signalbox/redis';
import type { Router } from 'express';
import type { Context } from '../context.js';
import { sendJson } from '../problem.js';

/** Whether this process lives, and whether it can keep its promise to senders. */
export function mountHealth(app: Router, { pool, redis, log }: Context): void {
  app.get('/healthz', (_request, response) => sendJson(response, 200, { ok: true }));

  app.get('/readyz', async (_request, response) => {
    const [postgres, workers] = await Promise.all([answers(pool.query('select 1')), countWorkers()]);
    // Without Redis signals are still accepted and kept, so a load balancer must go on sending them here.
    sendJson(response, postgres ? 200 : 503, {
      ok: postgres,
      postgres,
      redis: workers !== null,
      workers: workers ?? 0,
    });
  });

  async function countWorkers(): Promise<number | null> {
    try {
      return await workersAlive(redis);
    } catch (error) {
      log.debug({ err: error }, 'readyz.redis_away');
      return null;
    }
  }

  async function answers(question: Promise<unknown>): Promise<boolean> {
    try {
      await question;
      return true;
    } catch (error) {
      log.debug({ err: error }, 'readyz.postgres_away');
      return false;
    }
  }
}

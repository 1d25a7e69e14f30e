import { attemptsOf, findDelivery } from '@signalbox/postgres';
import type { Router } from 'express';
import type { Context } from '../context.js';
import { readId, sendMissing } from '../paging.js';
import { sendJson } from '../problem.js';

/** One delivery and everything that was tried for it. */
export function mountDeliveries(app: Router, { pool }: Context): void {
  app.get('/deliveries/:id', async (request, response) => {
    const id = readId(request, response, 'delivery');
    if (!id) return;
    const [delivery, attempts] = await Promise.all([findDelivery(pool, id), attemptsOf(pool, id)]);
    if (!delivery) return sendMissing(response, 'delivery', id);
    const target_url = attempts.at(-1)?.target_url ?? null;
    sendJson(response, 200, { ...delivery, subscription_id: null, target_url, attempts });
  });
}

import { type AttemptOfDelivery, attemptsOfSubscription, isKnown } from '@signalbox/postgres';
import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { cursorRule, limit, readId, readQuery, sendMissing } from '../paging.js';
import { sendJson } from '../problem.js';

/** What was tried for a subscription, newest first. */
export function mountAttempts(app: Router, { pool }: Context): void {
  app.get('/subscriptions/:id/attempts', async (request, response) => {
    const id = readId(request, response, 'subscription');
    const page = id && readQuery(attemptQuery, request, response);
    if (!id || !page) return;
    const rows = await attemptsOfSubscription(pool, id, page.limit, page.cursor);
    // Those of a subscription that was deleted are shown as long as they are kept.
    if (rows.length === 0 && !(await isKnown(pool, { subscriptionId: id }))) {
      return sendMissing(response, 'subscription', id);
    }
    sendJson(response, 200, { data: rows, next_cursor: cursorAfter(rows, page.limit) });
  });
}

/** Which attempts are wanted. */
export const attemptQuery = z.object({
  limit: limit.default(20),
  cursor: z
    .string({ error: cursorRule })
    .regex(/^\d{1,15}\.[0-9a-f-]{36}\.\d{1,9}$/, cursorRule)
    .transform((text) => {
      const [at, delivery_id = '', attempt] = text.split('.');
      return { attempted_at: new Date(Number(at)), delivery_id, attempt: Number(attempt) };
    })
    .refine(({ delivery_id }) => z.guid().safeParse(delivery_id).success, cursorRule)
    .nullable()
    .default(null),
});

function cursorAfter(rows: readonly AttemptOfDelivery[], limit: number): string | null {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last ? `${last.attempted_at.getTime()}.${last.delivery_id}.${last.attempt}` : null;
}

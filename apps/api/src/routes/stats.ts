import { parseDuration } from '@signalbox/domain';
import { attemptCounts, isKnown, type Receiver } from '@signalbox/postgres';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { readId, readQuery, sendMissing } from '../paging.js';
import { sendJson } from '../problem.js';
import { summarize, windowBefore } from '../stats.js';

/** How the attempts for a partner or a subscription went of late. */
export function mountStats(app: Router, context: Context): void {
  app.get('/partners/:id/stats', (request, response) =>
    answer(request, response, context, 'partner', (partnerId) => ({ partnerId })),
  );
  app.get('/subscriptions/:id/stats', (request, response) =>
    answer(request, response, context, 'subscription', (subscriptionId) => ({ subscriptionId })),
  );
}

async function answer(
  request: Request,
  response: Response,
  { pool }: Context,
  noun: string,
  receiverOf: (id: string) => Receiver,
): Promise<void> {
  const id = readId(request, response, noun);
  const asked = id && readQuery(statsQuery, request, response);
  if (!id || !asked) return;
  const receiver = receiverOf(id);
  if (!(await isKnown(pool, receiver))) return sendMissing(response, noun, id);
  const window = windowBefore(new Date(), asked.window);
  sendJson(response, 200, summarize(await attemptCounts(pool, receiver, window), window));
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const windowRule = 'must be a duration from 5m to 7d, such as 1h';

/** Over how long a time. */
export const statsQuery = z.object({
  window: z
    .string({ error: windowRule })
    .transform((text) => parseDuration(text.replace(/^(\d{1,3})d$/, (_, days) => `${24 * Number(days)}h`)))
    .refine((ms) => ms !== null && ms >= 5 * minuteMs && ms <= 7 * dayMs, windowRule)
    .transform(Number)
    .default(60 * minuteMs),
});

import express, { type Router } from 'express';
import { z } from 'zod';
import { summarize } from '../ai/summarize.js';
import type { Context } from '../context.js';
import { fieldErrors } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

const textRule = 'must be a text of 1 to 20,000 characters';
const body = z.object(
  { text: z.string({ error: textRule }).trim().min(1, textRule).max(20_000, textRule) },
  { error: 'must be an object with text' },
);

/** Says in a sentence what a text is about, and how grave it is. */
export function mountSummarize(app: Router, { config, pool, log }: Context): void {
  const context = { settings: config, pool, log };
  app.post('/ai/summarize', express.json({ limit: '128kb' }), async (request, response) => {
    const asked = body.safeParse(request.body);
    if (!asked.success) {
      const detail = 'This cannot be summarized.';
      return sendProblem(response, {
        status: 400,
        reason: 'bad_text',
        detail,
        errors: fieldErrors(asked.error),
      });
    }
    const correlationId = response.getHeader('x-request-id') as string;
    sendJson(response, 200, await summarize(asked.data.text, correlationId, context));
  });
}

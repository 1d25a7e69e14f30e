import type { Router } from 'express';
import { z } from 'zod';
import { type AiSettings, modelOf } from '../ai/settings.js';
import { summarize } from '../ai/summarize.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { fieldErrors } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

/** Unit: UTF-16 code units. Six bytes each where they are escaped, hence the limit on the body. */
const longest = 20_000;

/** What is to be summarized. */
export const asked = z.object({
  text: z
    .string()
    .max(longest, { error: `must be at most ${longest} characters` })
    .refine((text) => text.trim() !== '', { error: 'must not be empty' }),
});

/** Says what a text is about and how grave it is: a model where one is configured, else a stub. */
export function mountSummarize(
  app: Router,
  { config, pool, log }: Pick<Context, 'pool' | 'log'> & { config: AiSettings },
): void {
  const model = modelOf(config);
  if (!model && (config.AI_BASE_URL || config.AI_API_KEY)) {
    log.warn(
      { url: config.AI_BASE_URL !== undefined, key: config.AI_API_KEY !== undefined },
      'ai.half_configured',
    );
  }

  app.post('/ai/summarize', jsonBody(128), async (request, response) => {
    const body = asked.safeParse(request.body ?? {});
    if (!body.success) {
      const errors = fieldErrors(body.error);
      const detail = 'Send {"text": "…"} as application/json.';
      return sendProblem(response, { status: 400, reason: 'bad_text', detail, errors });
    }
    const correlationId = String(response.getHeader('x-request-id'));
    const summary = await summarize(body.data.text, correlationId, { model, pool, log });
    sendJson(response, 200, {
      summary: summary.summary,
      suggested_severity: summary.severity,
      by: summary.by,
      ...(summary.by === 'stub' && { fallback_reason: summary.reason }),
    });
  });
}

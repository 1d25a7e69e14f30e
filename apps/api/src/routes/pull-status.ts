import { isUnavailable, keepAudit, statusPages } from '@signalbox/postgres';
import { allPages, type Poll, type PolledPage } from '@signalbox/sources';
import type { Router } from 'express';
import { deedOf } from '../audit.js';
import type { Context } from '../context.js';
import { sendJson, sendProblem } from '../problem.js';
import { PullInterrupted, pull } from '../pull.js';

/** Polls every status page now. */
export function mountPullStatus(app: Router, context: Context): void {
  const { config, pool } = context;
  app.post('/ingest/pull-status', async (request, response) => {
    const correlationId = response.getHeader('x-request-id') as string;
    const deed = deedOf(request, response, 'status_pages.pulled');
    await keepAudit(pool, { ...deed, kind: 'status_page', id: null });
    const pages = allPages(config, config.production, await statusPages(pool));
    const polls = await Promise.all(pages.map((page) => attempt(page, correlationId, context)));
    const summary = summarize(pages, polls);
    if (polls.some(({ ok }) => ok)) return sendJson(response, 200, summary);
    const errors = Object.entries(summary.errors ?? {}).map(([path, message]) => ({ path, message }));
    sendProblem(response, {
      status: 502,
      reason: 'pages_failed',
      detail: 'No status page could be read.',
      errors,
    });
  });
}

/** One page's trouble must not hide what the others said; only Postgres being away concerns all of them. */
async function attempt(page: PolledPage, correlationId: string, context: Context): Promise<Poll> {
  try {
    return await pull(page, correlationId, context);
  } catch (error) {
    if (error instanceof PullInterrupted) return { ok: false, error: error.message };
    if (!isUnavailable(error)) throw error;
    return { ok: false, error: 'the database cannot be reached' };
  }
}

function summarize(pages: PolledPage[], polls: Poll[]) {
  const named = pages.map(({ name }, index) => [name, polls[index] as Poll] as const);
  const good = named.flatMap(([name, poll]) => (poll.ok ? [[name, poll] as const] : []));
  const bad = named.flatMap(([name, poll]) => (poll.ok ? [] : [[name, poll.error] as const]));
  return {
    fetched: Object.fromEntries(good.map(([name, { fetched }]) => [name, fetched])),
    stored: good.reduce((sum, [, { stored }]) => sum + stored, 0),
    routed: good.reduce((sum, [, { routed }]) => sum + routed, 0),
    ...(bad.length > 0 && { errors: Object.fromEntries(bad) }),
  };
}

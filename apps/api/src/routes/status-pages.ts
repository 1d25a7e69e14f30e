import { addStatusPage, isUnavailable, removeStatusPage, statusPages } from '@signalbox/postgres';
import { environmentPages, type Poll, type PolledPage } from '@signalbox/sources';
import express, { type Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { fieldErrors, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { allPages, pull } from '../pull.js';

/** Vendors' status pages: which there are, and polling them on demand. */
export function mountStatusPages(app: Router, context: Context): void {
  const { pool, config } = context;

  app.post('/ingest/pull-status', async (request, response) => {
    const pages = await allPages(context);
    const polls = await Promise.all(pages.map((page) => attempt(page, String(request.id), context)));
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

  app.get('/status-pages', async (_request, response) => {
    const states = new Map((await statusPages(pool)).map((row) => [row.name, row]));
    const data = (await allPages(context)).map(({ name, location }) => {
      const state = states.get(name);
      return {
        name,
        url: location.type === 'url' ? location.url : null,
        from: environmentNames.has(name) ? 'environment' : 'api',
        fetched: state?.fetched ?? null,
        polled_at: state?.polled_at ?? null,
        last_error: state?.last_error ?? null,
      };
    });
    sendJson(response, 200, { data, next_cursor: null });
  });

  app.post('/status-pages', express.json({ limit: '16kb' }), async (request, response) => {
    const page = newPage.safeParse(request.body);
    if (!page.success) {
      const detail = 'This is no status page.';
      return sendProblem(response, {
        status: 400,
        reason: 'bad_page',
        detail,
        errors: fieldErrors(page.error),
      });
    }
    const { name, url } = page.data;
    const added = environmentNames.has(name) ? null : await addStatusPage(pool, name, url);
    if (added) return sendJson(response, 201, { name, url, from: 'api', created_at: added.created_at });
    sendProblem(response, {
      status: 409,
      reason: 'name_taken',
      detail: `There is a status page ${name} already.`,
    });
  });

  app.delete('/status-pages/:name', async (request, response) => {
    const { name } = request.params;
    if (await removeStatusPage(pool, name)) response.writeHead(204).end();
    else sendMissing(response, 'status page added by the API called', name);
  });

  const environmentNames = new Set(environmentPages(config, config.production).map(({ name }) => name));
}

const newPage = z.object(
  {
    name: z
      .string({ error: 'must be a name like my-vendor' })
      .regex(
        /^[a-z][a-z0-9-]{0,39}$/,
        'must be lower-case letters, digits and dashes, at most 40, such as my-vendor',
      ),
    url: z.url({ protocol: /^https?$/, error: 'must be the http(s) URL of a summary.json' }).max(2_000),
  },
  { error: 'must be an object with name and url' },
);

/** One page's trouble must not hide what the others said; only Postgres being away concerns all of them. */
async function attempt(page: PolledPage, correlationId: string, context: Context): Promise<Poll> {
  try {
    return await pull(page, correlationId, context);
  } catch (error) {
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

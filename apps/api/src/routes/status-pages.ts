import { addStatusPage, removeStatusPage, type StatusPageRow, statusPages } from '@signalbox/postgres';
import { allPages, environmentPages, type PolledPage } from '@signalbox/sources';
import express, { type Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { fieldErrors, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

/** Which vendors' status pages are polled. */
export function mountStatusPages(app: Router, context: Context): void {
  const { pool, config } = context;
  const environmentNames = new Set(environmentPages(config, config.production).map(({ name }) => name));

  app.get('/status-pages', async (_request, response) => {
    const stored = await statusPages(pool);
    const states = new Map(stored.map((row) => [row.name, row]));
    const data = allPages(config, config.production, stored).map((page) =>
      shown(page, states.get(page.name), environmentNames),
    );
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
}

function shown(
  { name, location }: PolledPage,
  state: StatusPageRow | undefined,
  fromEnvironment: Set<string>,
) {
  return {
    name,
    url: location.type === 'url' ? location.url : null,
    from: fromEnvironment.has(name) ? 'environment' : 'api',
    fetched: state?.fetched ?? null,
    polled_at: state?.polled_at ?? null,
    last_error: state?.last_error ?? null,
  };
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

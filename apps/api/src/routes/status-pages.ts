import { isPlain } from '@signalbox/domain';
import {
  addStatusPage,
  findStatusPage,
  removeStatusPage,
  type StatusPageRow,
  statusPages,
} from '@signalbox/postgres';
import { allPages, environmentPages, type PolledPage } from '@signalbox/sources';
import type { Router } from 'express';
import { z } from 'zod';
import { change, deedOf, type Target } from '../audit.js';
import { jsonBody } from '../body-parsers.js';
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

  app.post('/status-pages', jsonBody(16), async (request, response) => {
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
    const deed = deedOf(request, response, 'status_page.created');
    const added = environmentNames.has(name)
      ? null
      : await change(pool, deed, target(name), (db) => addStatusPage(db, name, url));
    if (added) return sendJson(response, 201, { name, url, from: 'api', created_at: added.created_at });
    sendProblem(response, {
      status: 409,
      reason: 'name_taken',
      detail: `There is a status page ${name} already.`,
    });
  });

  app.delete('/status-pages/:name', async (request, response) => {
    const { name } = request.params;
    const deed = deedOf(request, response, 'status_page.deleted');
    const removed =
      pageName.test(name) && (await change(pool, deed, target(name), (db) => removeStatusPage(db, name)));
    if (removed) response.writeHead(204).end();
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

function target(name: string): Target {
  return { kind: 'status_page', id: name, look: (db) => findStatusPage(db, name) };
}

const pageName = /^[a-z][a-z0-9-]{0,39}$/;
const urlRule = 'must be the http(s) URL of a summary.json';

/** A page that is to be polled. */
export const newPage = z.object(
  {
    name: z
      .string({ error: 'must be a name like my-vendor' })
      .regex(pageName, 'must be lower-case letters, digits and dashes, at most 40, such as my-vendor'),
    // Only admins name pages, who run us or are trusted like that: it may be a private address.
    url: z
      .url({ protocol: /^https?$/, error: urlRule })
      .max(2_000)
      // URLs are read over a NUL in them, which Postgres cannot keep.
      .refine(isPlain, { error: urlRule }),
  },
  { error: 'must be an object with name and url' },
);

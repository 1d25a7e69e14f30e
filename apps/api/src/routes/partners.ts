import { newId } from '@signalbox/domain';
import { addPartner, findPartner, newestPartners, removePartner, renamePartner } from '@signalbox/postgres';
import type { Router } from 'express';
import { z } from 'zod';
import { change, deedOf, type Target } from '../audit.js';
import { readBody } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { name } from '../name.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

/** What is told of a partner. */
export const named = z.strictObject({ name }, { error: 'must be an object' });

/** Whoever owns subscriptions. */
export function mountPartners(app: Router, context: Context): void {
  mountReading(app, context);
  mountChanging(app, context);
}

function mountReading(app: Router, { pool }: Context): void {
  app.get('/partners', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestPartners(pool, page.limit, page.before);
    sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/partners/:id', async (request, response) => {
    const id = readId(request, response, 'partner');
    if (!id) return;
    const partner = await findPartner(pool, id);
    if (partner) sendJson(response, 200, partner);
    else sendMissing(response, 'partner', id);
  });
}

function mountChanging(app: Router, { pool }: Context): void {
  const json = jsonBody(16);

  app.post('/partners', json, async (request, response) => {
    const body = readBody(named, request, response);
    if (!body) return;
    const id = newId();
    const partner = await change(pool, deedOf(request, response, 'partner.created'), target(id), (db) =>
      addPartner(db, { id, name: body.name }),
    );
    sendJson(response, 201, partner);
  });

  app.patch('/partners/:id', json, async (request, response) => {
    const id = readId(request, response, 'partner');
    const body = id && readBody(named, request, response);
    if (!id || !body) return;
    const partner = await change(pool, deedOf(request, response, 'partner.changed'), target(id), (db) =>
      renamePartner(db, id, body.name),
    );
    if (partner) sendJson(response, 200, partner);
    else sendMissing(response, 'partner', id);
  });

  app.delete('/partners/:id', async (request, response) => {
    const id = readId(request, response, 'partner');
    if (!id) return;
    const outcome = await change(pool, deedOf(request, response, 'partner.deleted'), target(id), (db) =>
      removePartner(db, id),
    );
    if (outcome === 'unknown-partner') return sendMissing(response, 'partner', id);
    if (outcome === 'removed') return void response.writeHead(204).end();
    const detail = `Partner ${id} has subscriptions; delete them first, or give them to another partner.`;
    sendProblem(response, { status: 409, reason: 'has_subscriptions', detail });
  });
}

function target(id: string): Target {
  return { kind: 'partner', id, look: (db) => findPartner(db, id) };
}

import { newId } from '@signalbox/domain';
import { addPartner, findPartner, newestPartners, removePartner, renamePartner } from '@signalbox/postgres';
import express, { type Router } from 'express';
import { z } from 'zod';
import { readBody } from '../body.js';
import type { Context } from '../context.js';
import { name } from '../name.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

const named = z.strictObject({ name }, { error: 'must be an object' });

/** Whoever owns subscriptions. */
export function mountPartners(app: Router, { pool }: Context): void {
  const json = express.json({ limit: '16kb' });

  app.get('/partners', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestPartners(pool, page.limit, page.before);
    sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });

  app.post('/partners', json, async (request, response) => {
    const body = readBody(named, request, response);
    if (body) sendJson(response, 201, await addPartner(pool, { id: newId(), name: body.name }));
  });

  app.get('/partners/:id', async (request, response) => {
    const id = readId(request, response, 'partner');
    if (!id) return;
    const partner = await findPartner(pool, id);
    if (partner) sendJson(response, 200, partner);
    else sendMissing(response, 'partner', id);
  });

  app.patch('/partners/:id', json, async (request, response) => {
    const id = readId(request, response, 'partner');
    const change = id && readBody(named, request, response);
    if (!id || !change) return;
    const partner = await renamePartner(pool, id, change.name);
    if (partner) sendJson(response, 200, partner);
    else sendMissing(response, 'partner', id);
  });

  app.delete('/partners/:id', async (request, response) => {
    const id = readId(request, response, 'partner');
    if (!id) return;
    const outcome = await removePartner(pool, id);
    if (outcome === 'unknown-partner') return sendMissing(response, 'partner', id);
    if (outcome === 'removed') return void response.writeHead(204).end();
    const detail = `Partner ${id} has subscriptions; delete them first, or give them to another partner.`;
    sendProblem(response, { status: 409, reason: 'has_subscriptions', detail });
  });
}

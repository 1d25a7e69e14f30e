import { newId } from '@signalbox/domain';
import { addStore, findStore, newestStores, removeStore, renameStore } from '@signalbox/postgres';
import express, { type Router } from 'express';
import { z } from 'zod';
import { readBody } from '../body.js';
import type { Context } from '../context.js';
import { name, readLocation } from '../name.js';
import { nextCursor, readPage, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

const error = 'must be an object';
const newStore = z.strictObject({ location: name, name: name.optional() }, { error });
const storeChange = z.strictObject({ name }, { error });

/** The stores alerts come from, by the location senders name. */
export function mountStores(app: Router, context: Context): void {
  const { pool } = context;
  const json = express.json({ limit: '16kb' });

  app.get('/stores', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestStores(pool, page.limit, page.before);
    sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });

  app.post('/stores', json, async (request, response) => {
    const body = readBody(newStore, request, response);
    if (!body) return;
    const { location, name = location } = body;
    const store = await addStore(pool, { id: newId(), location, name });
    if (!store) {
      const detail = `There is a store ${location} already.`;
      return sendProblem(response, { status: 409, reason: 'location_taken', detail });
    }
    context.directoryChanged();
    sendJson(response, 201, store);
  });

  app.get('/stores/:location', async (request, response) => {
    const location = readLocation(request, response);
    if (!location) return;
    const store = await findStore(pool, location);
    if (store) sendJson(response, 200, store);
    else sendMissing(response, 'store', location);
  });

  app.patch('/stores/:location', json, async (request, response) => {
    const location = readLocation(request, response);
    const change = location && readBody(storeChange, request, response);
    if (!location || !change) return;
    const store = await renameStore(pool, location, change.name);
    if (!store) return sendMissing(response, 'store', location);
    context.directoryChanged();
    sendJson(response, 200, store);
  });

  app.delete('/stores/:location', async (request, response) => {
    const location = readLocation(request, response);
    if (!location) return;
    if (!(await removeStore(pool, location))) return sendMissing(response, 'store', location);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

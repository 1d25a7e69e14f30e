import { newId } from '@signalbox/domain';
import { addStore, findStore, newestStores, removeStore, renameStore } from '@signalbox/postgres';
import type { Router } from 'express';
import { z } from 'zod';
import { change, deedOf, type Target } from '../audit.js';
import { readBody } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { name, readLocation } from '../name.js';
import { nextCursor, readPage, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

const error = 'must be an object';
/** A store that is to be made; called after its location unless told. */
export const newStore = z.strictObject({ location: name, name: name.optional() }, { error });
/** What may change of a store. */
export const storeChange = z.strictObject({ name }, { error });

/** The stores alerts come from, by the location senders name. */
export function mountStores(app: Router, context: Context): void {
  mountReading(app, context);
  mountChanging(app, context);
}

function mountReading(app: Router, { pool }: Context): void {
  app.get('/stores', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestStores(pool, page.limit, page.before);
    sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/stores/:location', async (request, response) => {
    const location = readLocation(request, response);
    if (!location) return;
    const store = await findStore(pool, location);
    if (store) sendJson(response, 200, store);
    else sendMissing(response, 'store', location);
  });
}

function mountChanging(app: Router, context: Context): void {
  const { pool } = context;
  const json = jsonBody(16);

  app.post('/stores', json, async (request, response) => {
    const body = readBody(newStore, request, response);
    if (!body) return;
    const { location, name = location } = body;
    const store = await change(pool, deedOf(request, response, 'store.created'), target(location), (db) =>
      addStore(db, { id: newId(), location, name }),
    );
    if (!store) {
      const detail = `There is a store ${location} already.`;
      return sendProblem(response, { status: 409, reason: 'location_taken', detail });
    }
    context.directoryChanged();
    sendJson(response, 201, store);
  });

  app.patch('/stores/:location', json, async (request, response) => {
    const location = readLocation(request, response);
    const body = location && readBody(storeChange, request, response);
    if (!location || !body) return;
    const store = await change(pool, deedOf(request, response, 'store.changed'), target(location), (db) =>
      renameStore(db, location, body.name),
    );
    if (!store) return sendMissing(response, 'store', location);
    context.directoryChanged();
    sendJson(response, 200, store);
  });

  app.delete('/stores/:location', async (request, response) => {
    const location = readLocation(request, response);
    if (!location) return;
    const removed = await change(pool, deedOf(request, response, 'store.deleted'), target(location), (db) =>
      removeStore(db, location),
    );
    if (!removed) return sendMissing(response, 'store', location);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

function target(location: string): Target {
  return { kind: 'store', id: location, look: (db) => findStore(db, location) };
}

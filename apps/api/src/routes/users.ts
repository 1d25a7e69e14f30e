import { newId } from '@signalbox/domain';
import { addUser, changeUser, findUser, newestUsers, removeUser, storesOfUser } from '@signalbox/postgres';
import express, { type Router } from 'express';
import { readBody } from '../body.js';
import type { Context } from '../context.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { newUser, shownUser, userChange } from '../user-schema.js';

/** The people who are told of alerts, what each wants to hear of, and how. */
export function mountUsers(app: Router, context: Context): void {
  const { pool } = context;
  const json = express.json({ limit: '64kb' });

  app.get('/users', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestUsers(pool, page.limit, page.before);
    sendJson(response, 200, { data: rows.map(shownUser), next_cursor: nextCursor(rows, page.limit) });
  });

  app.post('/users', json, async (request, response) => {
    const body = readBody(newUser, request, response);
    if (!body) return;
    const { id = newId() } = body;
    const user = await addUser(pool, { ...body, id });
    if (!user) {
      const detail = `There is a user ${id} already.`;
      return sendProblem(response, { status: 409, reason: 'id_taken', detail });
    }
    context.directoryChanged();
    sendJson(response, 201, shownUser(user));
  });

  app.get('/users/:id', async (request, response) => {
    const id = readId(request, response, 'user');
    if (!id) return;
    const [user, stores] = await Promise.all([findUser(pool, id), storesOfUser(pool, id)]);
    if (user) sendJson(response, 200, { ...shownUser(user), stores });
    else sendMissing(response, 'user', id);
  });

  app.patch('/users/:id', json, async (request, response) => {
    const id = readId(request, response, 'user');
    const change = id && readBody(userChange, request, response);
    if (!id || !change) return;
    const user = await changeUser(pool, id, change);
    if (!user) return sendMissing(response, 'user', id);
    context.directoryChanged();
    sendJson(response, 200, shownUser(user));
  });

  app.delete('/users/:id', async (request, response) => {
    const id = readId(request, response, 'user');
    if (!id) return;
    if (!(await removeUser(pool, id))) return sendMissing(response, 'user', id);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

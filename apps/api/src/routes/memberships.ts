import { newId } from '@signalbox/domain';
import {
  findStore,
  type ListedUser,
  newestUsersOfStore,
  putMembership,
  removeMembership,
  setUsersOfStore,
} from '@signalbox/postgres';
import express, { type Router } from 'express';
import type { z } from 'zod';
import { readBody, sendInvalid } from '../body.js';
import type { Context } from '../context.js';
import { readLocation } from '../name.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson } from '../problem.js';
import { membership, shownUser, storeUsers } from '../user-schema.js';

/** Who belongs to a store: one by one, or the whole list at once. */
export function mountMemberships(app: Router, context: Context): void {
  const { pool } = context;
  app.get('/stores/:location/users', async (request, response) => {
    const location = readLocation(request, response);
    const page = location && readPage(request, response);
    if (!location || !page) return;
    const rows = await newestUsersOfStore(pool, location, page.limit, page.before);
    if (rows.length === 0 && !(await findStore(pool, location))) sendMissing(response, 'store', location);
    else sendJson(response, 200, { data: rows.map(shownUser), next_cursor: nextCursor(rows, page.limit) });
  });

  // Thousands of users at once, hence the limit on the body.
  app.put('/stores/:location/users', express.json({ limit: '20mb' }), async (request, response) => {
    const location = readLocation(request, response);
    const body = location && readBody(storeUsers, request, response);
    if (!location || !body) return;
    const users = listed(body);
    const imported = await setUsersOfStore(pool, location, users);
    if (imported.type === 'unknown-store') return sendMissing(response, 'store', location);
    if (imported.type === 'unknown-users') return sendInvalid(response, unknown(users, imported.indexes));
    context.directoryChanged();
    const { created, updated, added, removed } = imported;
    const ids = users.map(({ id }) => id);
    sendJson(response, 200, { location, users: ids.length, created, updated, added, removed, ids });
  });

  app.put('/stores/:location/users/:id', express.json({ limit: '16kb' }), async (request, response) => {
    const location = readLocation(request, response);
    const id = location && readId(request, response, 'user');
    const body = id && readBody(membership, request, response);
    if (!location || !id || !body) return;
    const joined = await putMembership(pool, location, id, body.preference);
    if (joined.type === 'unknown-store') return sendMissing(response, 'store', location);
    if (joined.type === 'unknown-user') return sendMissing(response, 'user', id);
    context.directoryChanged();
    const { type, preference } = joined;
    sendJson(response, type === 'added' ? 201 : 200, { location, user_id: id.toLowerCase(), preference });
  });

  app.delete('/stores/:location/users/:id', async (request, response) => {
    const location = readLocation(request, response);
    const id = location && readId(request, response, 'user');
    if (!location || !id) return;
    const removed = await removeMembership(pool, location, id);
    if (!removed) return sendMissing(response, `user of store ${location} with the id`, id);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

function listed({ users, preference }: z.infer<typeof storeUsers>): ListedUser[] {
  return users.map(({ id = newId(), store_preference = preference, ...fields }) => ({
    ...fields,
    id,
    store_preference,
  }));
}

function unknown(users: readonly ListedUser[], indexes: readonly number[]) {
  return indexes.map((index) => ({
    path: `users.${index}.id`,
    message: `there is no user ${users[index]?.id}; with a name one is made`,
  }));
}

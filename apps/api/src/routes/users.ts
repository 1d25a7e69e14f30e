import { createEnvelope, type Envelope, newId } from '@signalbox/domain';
import {
  addUser,
  changeUser,
  type Db,
  findUser,
  newestUsers,
  removeUser,
  storesOfUser,
  type UserFields,
} from '@signalbox/postgres';
import type { Router } from 'express';
import { change, deedOf, type Target } from '../audit.js';
import { readBody, sendInvalid } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import { calledFor, mayBeCalled } from '../callable.js';
import type { Context } from '../context.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { sealUsers, unknownAddress } from '../secret-contacts.js';
import { newUser, shownUser, userChange } from '../user-schema.js';

/** The people who are told of alerts, what each wants to hear of, and how. */
export function mountUsers(app: Router, context: Context): void {
  mountReading(app, context);
  mountChanging(app, context);
}

function mountReading(app: Router, { pool }: Context): void {
  app.get('/users', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestUsers(pool, page.limit, page.before);
    sendJson(response, 200, { data: rows.map(shownUser), next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/users/:id', async (request, response) => {
    const id = readId(request, response, 'user');
    if (!id) return;
    const [user, stores] = await Promise.all([findUser(pool, id), storesOfUser(pool, id)]);
    if (user) sendJson(response, 200, { ...shownUser(user), stores });
    else sendMissing(response, 'user', id);
  });
}

function mountChanging(app: Router, context: Context): void {
  const { pool } = context;
  const envelope = createEnvelope(context.config.ENCRYPTION_KEY);
  const json = jsonBody(64);

  app.post('/users', json, async (request, response) => {
    const body = readBody(newUser, request, response);
    if (!body || !(await mayBeCalled(calledFor(body.channels), context, response))) return;
    const { id = newId() } = body;
    const user = await change(pool, deedOf(request, response, 'user.created'), target(id), (db) =>
      withSealed(db, { ...body, id }, envelope, (sealed) => addUser(db, sealed)),
    );
    if (user && 'unknown' in user) return sendInvalid(response, user.unknown);
    if (!user) {
      const detail = `There is a user ${id} already.`;
      return sendProblem(response, { status: 409, reason: 'id_taken', detail });
    }
    context.directoryChanged();
    sendJson(response, 201, shownUser(user));
  });

  app.patch('/users/:id', json, async (request, response) => {
    const id = readId(request, response, 'user');
    const body = id && readBody(userChange, request, response);
    if (!id || !body || !(await mayBeCalled(calledFor(body.channels), context, response))) return;
    const user = await change(pool, deedOf(request, response, 'user.changed'), target(id), (db) =>
      withSealed(db, { ...body, id }, envelope, (sealed) => changeUser(db, id, sealed)),
    );
    if (user && 'unknown' in user) return sendInvalid(response, user.unknown);
    if (!user) return sendMissing(response, 'user', id);
    context.directoryChanged();
    sendJson(response, 200, shownUser(user));
  });

  app.delete('/users/:id', async (request, response) => {
    const id = readId(request, response, 'user');
    if (!id) return;
    const removed = await change(pool, deedOf(request, response, 'user.deleted'), target(id), (db) =>
      removeUser(db, id),
    );
    if (!removed) return sendMissing(response, 'user', id);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

/** Saves a user with secret addresses encrypted, or says which of them nobody knows. */
async function withSealed<User extends UserFields & { id: string }, Saved>(
  db: Db,
  user: User,
  envelope: Envelope,
  save: (sealed: User) => Promise<Saved>,
) {
  const sealed = await sealUsers(db, [user], envelope);
  if ('users' in sealed) return save(sealed.users[0] as User);
  const path = (channel: number) => `channels.${channel}.address`;
  return { unknown: sealed.unknown.map(({ channel }) => ({ path: path(channel), message: unknownAddress })) };
}

function target(id: string): Target {
  return {
    kind: 'user',
    id,
    look: async (db) => {
      const user = await findUser(db, id);
      return user && shownUser(user);
    },
  };
}

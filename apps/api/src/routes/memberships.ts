import { createEnvelope, type Envelope, newId } from '@signalbox/domain';
import {
  findMembership,
  findStore,
  type Imported,
  keepAudit,
  type ListedUser,
  newestUsersOfStore,
  type Pool,
  putMembership,
  removeMembership,
  setUsersOfStore,
  transaction,
} from '@signalbox/postgres';
import type { Router } from 'express';
import type { z } from 'zod';
import { change, type Deed, deedOf, type Target } from '../audit.js';
import { readBody, sendInvalid } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import { calledFor, mayBeCalled } from '../callable.js';
import type { Context } from '../context.js';
import { readLocation } from '../name.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson } from '../problem.js';
import { sealUsers, type UnknownAddress, unknownAddress } from '../secret-contacts.js';
import { membership, shownUser, storeUsers } from '../user-schema.js';

/** So many are named on record. */
const mostIds = 100;

/** Who belongs to a store: one by one, or the whole list at once. */
export function mountMemberships(app: Router, context: Context): void {
  mountReading(app, context);
  mountList(app, context);
  mountMember(app, context);
}

function mountReading(app: Router, { pool }: Context): void {
  app.get('/stores/:location/users', async (request, response) => {
    const location = readLocation(request, response);
    const page = location && readPage(request, response);
    if (!location || !page) return;
    const rows = await newestUsersOfStore(pool, location, page.limit, page.before);
    if (rows.length === 0 && !(await findStore(pool, location))) sendMissing(response, 'store', location);
    else sendJson(response, 200, { data: rows.map(shownUser), next_cursor: nextCursor(rows, page.limit) });
  });
}

function mountList(app: Router, context: Context): void {
  const { pool } = context;
  const envelope = createEnvelope(context.config.ENCRYPTION_KEY);
  // Thousands of users at once, hence the limit on the body.
  app.put('/stores/:location/users', jsonBody(20 * 1_024), async (request, response) => {
    const location = readLocation(request, response);
    const body = location && readBody(storeUsers, request, response);
    if (!location || !body) return;
    const users = listed(body);
    const called = users.flatMap((user, index) => calledFor(user.channels, `users.${index}.channels`));
    if (!(await mayBeCalled(called, context, response))) return;
    const imported = await replaceUsers(
      pool,
      location,
      users,
      envelope,
      deedOf(request, response, 'store.users_replaced'),
    );
    if (imported.type === 'unknown-addresses') return sendInvalid(response, imported.errors);
    if (imported.type === 'unknown-store') return sendMissing(response, 'store', location);
    if (imported.type === 'unknown-users') return sendInvalid(response, unknown(users, imported.indexes));
    context.directoryChanged();
    const { created, updated, added, removed } = imported;
    const ids = users.map(({ id }) => id);
    sendJson(response, 200, { location, users: ids.length, created, updated, added, removed, ids });
  });
}

function mountMember(app: Router, context: Context): void {
  const { pool } = context;
  app.put('/stores/:location/users/:id', jsonBody(16), async (request, response) => {
    const location = readLocation(request, response);
    const id = location && readId(request, response, 'user');
    const body = id && readBody(membership, request, response);
    if (!location || !id || !body) return;
    const deed = deedOf(request, response, 'membership.changed');
    const joined = await change(pool, deed, target(location, id), (db) =>
      putMembership(db, location, id, body.preference),
    );
    if (joined.type === 'unknown-store') return sendMissing(response, 'store', location);
    if (joined.type === 'unknown-user') return sendMissing(response, 'user', id);
    context.directoryChanged();
    const { type, preference } = joined;
    sendJson(response, type === 'added' ? 201 : 200, { location, user_id: id, preference });
  });

  app.delete('/stores/:location/users/:id', async (request, response) => {
    const location = readLocation(request, response);
    const id = location && readId(request, response, 'user');
    if (!location || !id) return;
    const deed = deedOf(request, response, 'membership.deleted');
    const removed = await change(pool, deed, target(location, id), (db) =>
      removeMembership(db, location, id),
    );
    if (!removed) return sendMissing(response, `user of store ${location} with the id`, id);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

/** Of tens of thousands of users, what became of them is put on record rather than each one. */
function replaceUsers(
  pool: Pool,
  location: string,
  users: readonly ListedUser[],
  envelope: Envelope,
  deed: Deed,
): Promise<Imported | UnknownAddresses> {
  return transaction(pool, async (db) => {
    const sealed = await sealUsers(db, users, envelope);
    if ('unknown' in sealed) return unknownAddresses(sealed.unknown);
    const imported = await setUsersOfStore(db, location, sealed.users);
    if (imported.type === 'imported') {
      const { type: _, ...counts } = imported;
      const ids = users.slice(0, mostIds).map(({ id }) => id);
      await keepAudit(db, {
        ...deed,
        kind: 'store',
        id: location,
        after: { users: users.length, ...counts, ids },
      });
    }
    return imported;
  });
}

interface UnknownAddresses {
  type: 'unknown-addresses';
  errors: { path: string; message: string }[];
}

function unknownAddresses(unknown: readonly UnknownAddress[]): UnknownAddresses {
  const errors = unknown.map(({ user, channel }) => ({
    path: `users.${user}.channels.${channel}.address`,
    message: unknownAddress,
  }));
  return { type: 'unknown-addresses', errors };
}

function target(location: string, userId: string): Target {
  return {
    kind: 'membership',
    id: `${location}/${userId}`,
    look: (db) => findMembership(db, location, userId),
  };
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

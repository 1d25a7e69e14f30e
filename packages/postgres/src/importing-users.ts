import type { Preference } from '@signalbox/domain';
import { type Client, type Db, transaction } from './pool.js';
import { insertUsers, type UserFields, updateUsers } from './users.js';

/** One line of a store's list of users. */
export interface ListedUser extends UserFields {
  /** Of a known user, or for a new one. */
  id: string;
  /** What holds in this store instead of the user's own preference; null: the user's own; not told: as before. */
  store_preference?: Preference | null | undefined;
}

/** What became of a list. */
export type Imported =
  | { type: 'imported'; created: number; updated: number; added: number; removed: number }
  | { type: 'unknown-store' }
  /** Where in the list there are users that do not exist, and have no name to be made with. */
  | { type: 'unknown-users'; indexes: number[] };

/**
 * Makes exactly those in the list the users of a store, in one transaction: all of it happens or nothing. Who is no
 * longer in it stays a user.
 * @param users no id twice
 */
export function setUsersOfStore(db: Db, location: string, users: readonly ListedUser[]): Promise<Imported> {
  return transaction(db, async (client) => {
    const storeId = await lockStore(client, location);
    if (storeId === null) return { type: 'unknown-store' };
    const known = await lockUsers(client, users);
    const indexes = users.flatMap(({ id, name }, index) =>
      name === undefined && !known.has(id) ? [index] : [],
    );
    if (indexes.length > 0) return { type: 'unknown-users', indexes };

    const newcomers = users.filter(({ id }) => !known.has(id));
    const created = new Set((await insertUsers(client, newcomers)).map(({ id }) => id));
    // Not those who are known: a newcomer may have been made by somebody else in this moment.
    const others = users.filter(({ id }) => !created.has(id));
    const updated = await updateUsers(client, others);
    const removed = await removeOthers(client, storeId, users);
    const added = await addMembers(client, storeId, users);
    await setPreferences(client, storeId, users);
    return { type: 'imported', created: created.size, updated, added, removed };
  });
}

/** One list at a time: the next one waits until this one holds. */
async function lockStore(client: Client, location: string): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    'select id from stores where location = $1 for update',
    [location],
  );
  return rows[0]?.id ?? null;
}

/** Keeps the known ones from being removed meanwhile. In the order of their ids, as everybody who takes many. */
async function lockUsers(client: Client, users: readonly ListedUser[]): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>(
    'select id from users where id = any($1::uuid[]) order by id for no key update',
    [users.map(({ id }) => id)],
  );
  return new Set(rows.map(({ id }) => id));
}

async function removeOthers(client: Client, storeId: string, users: readonly ListedUser[]): Promise<number> {
  const { rowCount } = await client.query(
    `delete from memberships m where store_id = $1
       and not exists (select from unnest($2::uuid[]) as listed (id) where listed.id = m.user_id)`,
    [storeId, users.map(({ id }) => id)],
  );
  return rowCount ?? 0;
}

async function addMembers(client: Client, storeId: string, users: readonly ListedUser[]): Promise<number> {
  const { rowCount } = await client.query(
    `insert into memberships (store_id, user_id, preference)
     select $1, listed.id, listed.store_preference
     from json_to_recordset($2::json) as listed (id uuid, store_preference text)
     on conflict do nothing`,
    [storeId, JSON.stringify(users.map(({ id, store_preference }) => ({ id, store_preference })))],
  );
  return rowCount ?? 0;
}

async function setPreferences(client: Client, storeId: string, users: readonly ListedUser[]): Promise<void> {
  const told = users.filter(({ store_preference }) => store_preference !== undefined);
  await client.query(
    `update memberships m set preference = listed.store_preference
     from json_to_recordset($2::json) as listed (id uuid, store_preference text)
     where m.store_id = $1 and m.user_id = listed.id and m.preference is distinct from listed.store_preference`,
    [storeId, JSON.stringify(told.map(({ id, store_preference }) => ({ id, store_preference })))],
  );
}

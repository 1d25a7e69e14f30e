import type { Preference } from '@signalbox/domain';
import type { Db, Pool } from './pool.js';
import { type UserRow, userColumns } from './users.js';

/** A user of a store, with the preference that holds there instead of the user's own; null: the user's own holds. */
export interface StoreUserRow extends UserRow {
  store_preference: Preference | null;
}

/** The newest users of a store; `before` is the id the page before ended with. */
export async function newestUsersOfStore(
  pool: Pool,
  location: string,
  limit: number,
  before: string | null,
): Promise<StoreUserRow[]> {
  const { rows } = await pool.query<StoreUserRow>(
    `select ${userColumns}, m.preference as store_preference
     from memberships m join users u on u.id = m.user_id
     where m.store_id = (select id from stores where location = $1) and ($3::uuid is null or m.user_id < $3)
     order by m.user_id desc limit $2`,
    [location, limit, before],
  );
  return rows;
}

/** A store of a user. */
export interface UserStoreRow {
  location: string;
  /** What holds there instead of the user's own; null: the user's own holds. */
  preference: Preference | null;
}

/** The stores of a user, by location. */
export async function storesOfUser(pool: Pool, userId: string): Promise<UserStoreRow[]> {
  const { rows } = await pool.query<UserStoreRow>(
    `select s.location, m.preference from memberships m join stores s on s.id = m.store_id
     where m.user_id = $1 order by s.location`,
    [userId],
  );
  return rows;
}

/** What holds for a user in a store; null where they are no member. */
export async function findMembership(db: Db, location: string, userId: string): Promise<UserStoreRow | null> {
  const { rows } = await db.query<UserStoreRow>(
    `select s.location, m.preference from memberships m join stores s on s.id = m.store_id
     where s.location = $1 and m.user_id = $2`,
    [location, userId],
  );
  return rows[0] ?? null;
}

/** What became of a membership that was asked for. */
export type Joined =
  | { type: 'added' | 'changed'; preference: Preference | null }
  | { type: 'unknown-store' }
  | { type: 'unknown-user' };

/**
 * Makes a user a member of a store, or changes what holds for a member.
 * @param preference null: the user's own holds; undefined: as before
 */
export async function putMembership(
  db: Db,
  location: string,
  userId: string,
  preference: Preference | null | undefined,
): Promise<Joined> {
  const { rows } = await db.query<{
    store: boolean;
    person: boolean;
    added: boolean;
    preference: Preference | null;
  }>(
    // The locks come first: a store that is being removed, or given a new list of users, is waited for.
    `with store as (select id from stores where location = $1 for key share),
       person as (select id from users where id = $2 for key share),
       membership as (
         insert into memberships as m (store_id, user_id, preference)
         select store.id, person.id, $3 from store, person
         on conflict (store_id, user_id) do update
           set preference = case when $4 then m.preference else excluded.preference end
         -- A row that was there before has been locked, which is what xmax tells of.
         returning preference, xmax = 0 as added
       )
     select exists (select from store) as store, exists (select from person) as person, added, preference
     from (values (1)) as one left join membership on true`,
    [location, userId, preference ?? null, preference === undefined],
  );
  const row = rows[0];
  if (!row?.store) return { type: 'unknown-store' };
  if (!row.person) return { type: 'unknown-user' };
  return { type: row.added ? 'added' : 'changed', preference: row.preference };
}

/** Ends a membership; the user stays. False where there is none. */
export async function removeMembership(db: Db, location: string, userId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `delete from memberships where user_id = $2 and store_id = (select id from stores where location = $1)`,
    [location, userId],
  );
  return rowCount === 1;
}

import { type Contact, newId } from '@signalbox/domain';
import type { Pool } from '../src/index.js';

/** What a user of a test's store is like; the rest is as a new user is. */
export interface GivenUser {
  preference?: string;
  active?: boolean;
  channels?: Contact[];
}

/** Gives a store of its own its users; answers where it is, and their ids in ascending order. */
export async function storeWith(
  pool: Pool,
  users: GivenUser[],
): Promise<{ location: string; ids: string[] }> {
  const location = `store-${newId()}`;
  const rows = users.map((user) => ({ id: newId(), ...user }));
  await pool.query('insert into stores (id, location, name) values ($1, $2, $2)', [newId(), location]);
  await pool.query(
    `insert into users (id, name, preference, active, channels)
     select id, id::text, coalesce(preference, 'both'), coalesce(active, true), coalesce(channels, '[]')
     from json_to_recordset($1::json) as row (id uuid, preference text, active boolean, channels jsonb)`,
    [JSON.stringify(rows)],
  );
  await pool.query(
    `insert into memberships (store_id, user_id)
     select s.id, u.id from stores s, unnest($2::uuid[]) as u (id) where location = $1`,
    [location, rows.map(({ id }) => id)],
  );
  return { location, ids: rows.map(({ id }) => id).toSorted() };
}

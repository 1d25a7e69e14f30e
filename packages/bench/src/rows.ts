import type { Client } from 'pg';
import { storeCount, storeLocation } from './alert.js';

/** How much a side has on record. */
export interface Rows {
  signals: number;
  /** Deliveries in the state `delivered`. */
  delivered: number;
  attempts: number;
}

/** Fills the directory: {@link storeCount} stores with so many active users each, who want to hear of everything. */
export async function seedDirectory(db: Client, usersPerStore: number): Promise<void> {
  const locations = Array.from({ length: storeCount }, (_, index) => storeLocation(index + 1));
  await db.query(
    `insert into stores (id, location, name)
     select gen_random_uuid(), location, location from unnest($1::text[]) as location`,
    [locations],
  );
  await db.query(
    `insert into users (id, name)
     select gen_random_uuid(), location || '/' || n from stores, generate_series(1, $1) as n`,
    [usersPerStore],
  );
  await db.query(
    `insert into memberships (store_id, user_id)
     select stores.id, users.id from users join stores on location = split_part(users.name, '/', 1)`,
  );
  await db.query('analyze');
}

/** Counts everything on record. */
export async function countRows(db: Client): Promise<Rows> {
  const { rows } = await db.query<Rows>(
    `select (select count(*)::int from signals) as signals,
            (select count(*)::int from deliveries where status = 'delivered') as delivered,
            (select count(*)::int from attempts) as attempts`,
  );
  return rows[0] as Rows;
}

/** What was added from one count to the next. */
export function rowsBetween(before: Rows, after: Rows): Rows {
  return {
    signals: after.signals - before.signals,
    delivered: after.delivered - before.delivered,
    attempts: after.attempts - before.attempts,
  };
}

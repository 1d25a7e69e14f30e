import type { Pool } from 'pg';

/** How much a side has on record. */
export interface Rows {
  signals: number;
  deliveries: number;
  /** Deliveries in the state `delivered`. */
  delivered: number;
  attempts: number;
}

/** Adds stores to the directory, with so many active users each, who want to hear of everything. */
export async function seedStores(
  db: Pool,
  locations: readonly string[],
  usersPerStore: number,
): Promise<void> {
  await db.query(
    `insert into stores (id, location, name)
     select gen_random_uuid(), location, location from unnest($1::text[]) as location`,
    [locations],
  );
  await db.query(
    `insert into users (id, name)
     select gen_random_uuid(), location || '/' || n from unnest($1::text[]) as location, generate_series(1, $2) as n`,
    [locations, usersPerStore],
  );
  await db.query(
    `insert into memberships (store_id, user_id)
     select stores.id, users.id from users join stores on location = split_part(users.name, '/', 1)
     where location = any($1)`,
    [locations],
  );
  await db.query('analyze');
}

/** Counts everything on record. */
export async function countRows(db: Pool): Promise<Rows> {
  const { rows } = await db.query<Rows>(
    `select (select count(*)::int from signals) as signals, deliveries, delivered,
            (select count(*)::int from attempts) as attempts
     from (select count(*)::int as deliveries, count(*) filter (where status = 'delivered')::int as delivered
           from deliveries)`,
  );
  return rows[0] as Rows;
}

/** What was added from one count to the next. */
export function rowsBetween(before: Rows, after: Rows): Rows {
  return {
    signals: after.signals - before.signals,
    deliveries: after.deliveries - before.deliveries,
    delivered: after.delivered - before.delivered,
    attempts: after.attempts - before.attempts,
  };
}

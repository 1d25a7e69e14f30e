import type { Db, Pool } from './pool.js';

/** A store as it is known to people. */
export interface StoreRow {
  id: string;
  /** What senders call it; unique. */
  location: string;
  name: string;
  /** How many there are. */
  users: number;
  created_at: Date;
  updated_at: Date;
}

const columns = `
  s.id, s.location, s.name, (select count(*)::int from memberships m where m.store_id = s.id) as users,
  s.created_at, s.updated_at`;

/** Adds a store; null when the location is taken. */
export async function addStore(
  db: Db,
  store: Pick<StoreRow, 'id' | 'location' | 'name'>,
): Promise<StoreRow | null> {
  const { rows } = await db.query<StoreRow>(
    `insert into stores as s (id, location, name) values ($1, $2, $3)
     on conflict (location) do nothing returning ${columns}`,
    [store.id, store.location, store.name],
  );
  return rows[0] ?? null;
}

/** The newest stores; `before` is the id the page before ended with. */
export async function newestStores(pool: Pool, limit: number, before: string | null): Promise<StoreRow[]> {
  const { rows } = await pool.query<StoreRow>(
    `select ${columns} from stores s where $2::uuid is null or s.id < $2 order by s.id desc limit $1`,
    [limit, before],
  );
  return rows;
}

/** One store; null where there is none. */
export async function findStore(db: Db, location: string): Promise<StoreRow | null> {
  const { rows } = await db.query<StoreRow>(`select ${columns} from stores s where s.location = $1`, [
    location,
  ]);
  return rows[0] ?? null;
}

/** Gives a store another name; null where there is no such store. */
export async function renameStore(db: Db, location: string, name: string): Promise<StoreRow | null> {
  const { rows } = await db.query<StoreRow>(
    `update stores s set name = $2, updated_at = now() where s.location = $1 returning ${columns}`,
    [location, name],
  );
  return rows[0] ?? null;
}

/** Forgets a store and who belongs to it; its alerts and its users stay. False where there is none. */
export async function removeStore(db: Db, location: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from stores where location = $1', [location]);
  return rowCount === 1;
}

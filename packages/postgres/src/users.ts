import type { Contact, Preference, QuietHours } from '@signalbox/domain';
import type { Db, Pool } from './pool.js';

/** A user and how to reach them. */
export interface UserRow {
  id: string;
  name: string;
  preference: Preference;
  active: boolean;
  /** In order of fallback; empty means the notification service. */
  channels: Contact[];
  quiet_hours: QuietHours | null;
  created_at: Date;
  updated_at: Date;
}

type Told = Pick<UserRow, 'name' | 'preference' | 'active' | 'channels' | 'quiet_hours'>;

/** What we are told of a user. What is not told stays as it is; for a new user it is what the table says. */
export type UserFields = { [Field in keyof Told]?: Told[Field] | undefined };

export const userColumns =
  'u.id, u.name, u.preference, u.active, u.channels, u.quiet_hours, u.created_at, u.updated_at';

/** Adds a user; null when the id is taken. */
export async function addUser(
  db: Db,
  user: UserFields & Pick<UserRow, 'id' | 'name'>,
): Promise<UserRow | null> {
  const rows = await insertUsers(db, [user]);
  return rows[0] ?? null;
}

/** The newest users; `before` is the id the page before ended with. */
export async function newestUsers(pool: Pool, limit: number, before: string | null): Promise<UserRow[]> {
  const { rows } = await pool.query<UserRow>(
    `select ${userColumns} from users u where $2::uuid is null or u.id < $2 order by u.id desc limit $1`,
    [limit, before],
  );
  return rows;
}

/** One user; null where there is none. */
export async function findUser(db: Db, id: string): Promise<UserRow | null> {
  const { rows } = await db.query<UserRow>(`select ${userColumns} from users u where u.id = $1`, [id]);
  return rows[0] ?? null;
}

/** How users are reached, by their ids. */
export async function contactsOf(db: Db, ids: readonly string[]): Promise<Map<string, Contact[]>> {
  const { rows } = await db.query<Pick<UserRow, 'id' | 'channels'>>(
    'select id, channels from users where id = any($1::uuid[])',
    [ids],
  );
  return new Map(rows.map(({ id, channels }) => [id, channels]));
}

/** Changes what is told of a user; null where there is none. */
export async function changeUser(db: Db, id: string, fields: UserFields): Promise<UserRow | null> {
  await updateUsers(db, [{ ...fields, id }]);
  return findUser(db, id);
}

/** Forgets a user; what they were sent stays on record. False where there is none. */
export async function removeUser(db: Db, id: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from users where id = $1', [id]);
  return rowCount === 1;
}

/** Adds those whose id is not taken, and answers with them. Each must have a name. */
export async function insertUsers(
  db: Db,
  users: readonly (UserFields & { id: string })[],
): Promise<UserRow[]> {
  const { rows } = await db.query<UserRow>(
    // In the order of their ids, so that two lists with the same users never wait for each other in a circle.
    `insert into users as u (id, name, preference, active, channels, quiet_hours)
     select (told->>'id')::uuid, told->>'name', coalesce(told->>'preference', 'both'),
       coalesce((told->>'active')::boolean, true), coalesce(told->'channels', '[]'),
       nullif(told->'quiet_hours', 'null')
     from jsonb_array_elements($1::jsonb) as told order by 1
     on conflict (id) do nothing returning ${userColumns}`,
    [JSON.stringify(users)],
  );
  return rows;
}

const changed = `
  coalesce(told->>'name', u.name), coalesce(told->>'preference', u.preference),
  coalesce((told->>'active')::boolean, u.active), coalesce(told->'channels', u.channels),
  case when told ? 'quiet_hours' then nullif(told->'quiet_hours', 'null') else u.quiet_hours end`;

/** Changes those who are known, and answers how many of them are not as they were. */
export async function updateUsers(db: Db, users: readonly (UserFields & { id: string })[]): Promise<number> {
  const { rowCount } = await db.query(
    `update users u
     set (name, preference, active, channels, quiet_hours, updated_at) = row (${changed}, now())
     from jsonb_array_elements($1::jsonb) as told
     where u.id = (told->>'id')::uuid
       and (u.name, u.preference, u.active, u.channels, u.quiet_hours) is distinct from (${changed})`,
    [JSON.stringify(users)],
  );
  return rowCount ?? 0;
}

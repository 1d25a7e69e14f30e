import type { Contact, Member, Preference, QuietHours } from '@signalbox/domain';
import type { Client, Pool } from './pool.js';

/** The users of a store; `many`: more than were asked for. */
export interface StoreMembers {
  /** false: there is no such store. */
  known: boolean;
  members: Member[] | 'many';
}

interface Row {
  location: string;
  user_id: string | null;
  preference: Preference;
  active: boolean;
  channels: Contact[];
  quiet_hours: QuietHours | null;
}

const columns = `u.id as user_id, coalesce(m.preference, u.preference) as preference, u.active, u.channels, u.quiet_hours`;

/** The users of each store, in the order asked, where they are not more than `most`. */
export async function membersOf(
  pool: Pool,
  locations: readonly string[],
  most: number,
): Promise<StoreMembers[]> {
  const { rows } = await pool.query<Row>({
    name: 'members-of-stores',
    text: `select s.location, ${columns}
           from stores s
           left join lateral (
             select user_id, preference from memberships where store_id = s.id order by user_id limit $2
           ) m on true
           left join users u on u.id = m.user_id
           where s.location = any($1)
           order by u.id`,
    values: [locations, most + 1],
  });
  const byLocation = new Map<string, Row[]>();
  for (const row of rows) {
    const known = byLocation.get(row.location);
    if (known) known.push(row);
    else byLocation.set(row.location, [row]);
  }
  return locations.map((location) => storeMembers(byLocation.get(location), most));
}

function storeMembers(rows: Row[] | undefined, most: number): StoreMembers {
  if (!rows) return { known: false, members: [] };
  if (rows.length > most) return { known: true, members: 'many' };
  return { known: true, members: rows.flatMap((row) => (row.user_id === null ? [] : [toMember(row)])) };
}

/** The next `limit` users of a store in the order of their ids, after `afterUser`. */
export async function membersAfter(
  client: Client | Pool,
  location: string,
  afterUser: string,
  limit: number,
): Promise<Member[]> {
  const { rows } = await client.query<Row>({
    name: 'members-after',
    text: `select ${columns}
           from stores s
           join memberships m on m.store_id = s.id
           join users u on u.id = m.user_id
           where s.location = $1 and m.user_id > $2 and u.id > $2
           order by m.user_id limit $3`,
    values: [location, afterUser, limit],
  });
  return rows.map(toMember);
}

function toMember({ user_id, preference, active, channels, quiet_hours }: Row): Member {
  return {
    userId: user_id as string,
    preference,
    active,
    contacts: channels,
    quietHours: quiet_hours,
  };
}

import type { Member } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** The users of each store, in the order asked; a store that is not known has none. */
export async function membersOf(pool: Pool, locations: readonly string[]): Promise<Member[][]> {
  const { rows } = await pool.query<Member & { location: string }>({
    name: 'members-of-stores',
    text: `select s.location, u.id as "userId", coalesce(m.preference, u.preference) as preference, u.active
           from stores s
           join memberships m on m.store_id = s.id
           join users u on u.id = m.user_id
           where s.location = any($1)
           order by u.id`,
    values: [locations],
  });
  const byLocation = new Map<string, Member[]>();
  for (const { location, ...member } of rows) {
    const members = byLocation.get(location);
    if (members) members.push(member);
    else byLocation.set(location, [member]);
  }
  return locations.map((location) => byLocation.get(location) ?? []);
}

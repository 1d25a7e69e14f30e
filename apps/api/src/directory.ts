import type { Directory, Member, Signal } from '@signalbox/domain';
import { membersOf, type Pool } from '@signalbox/postgres';
import { groupCommit } from '@signalbox/runtime';
import type { Config } from './config.js';

/** How old an answer may be: a change to a store is seen by everybody after this time. Unit: ms. */
const freshMs = 1_000;
/** Senders may name any number of stores; memory is not theirs to fill. */
const mostStores = 10_000;

/** Looks up whom a signal may concern, asking Postgres about each store at most once a second. */
export function createDirectory(config: Config, pool: Pool): (signal: Signal) => Promise<Directory> {
  const paging = { routeWarning: config.ROUTE_WARNING, production: config.production };
  const nobody: Promise<Member[]> = Promise.resolve([]);
  const stores = new Map<string, { members: Promise<Member[]>; until: number }>();
  const load = groupCommit(
    (locations: string[]) =>
      membersOf(pool, [...new Set(locations)]).then((lists) => inOrder(locations, lists)),
    { maxItems: 100, maxInFlight: 2, maxQueued: 10_000 },
  );

  return async ({ audience }) => {
    const members = await (audience.type === 'store' ? lookUp(audience.location) : nobody);
    return { members, paging };
  };

  function lookUp(location: string): Promise<Member[]> {
    const now = Date.now();
    const known = stores.get(location);
    if (known && known.until > now) return known.members;
    if (stores.size >= mostStores) stores.clear();
    const members = load(location);
    stores.set(location, { members, until: now + freshMs });
    // A failure is told to those who wait for it, and not remembered.
    members.catch(() => stores.delete(location));
    return members;
  }
}

function inOrder(locations: string[], lists: Member[][]): Member[][] {
  const unique = [...new Set(locations)];
  const byLocation = new Map(unique.map((location, index) => [location, lists[index] ?? []]));
  return locations.map((location) => byLocation.get(location) ?? []);
}

import type { Directory, RoutingPolicy, Signal, Subscribed } from '@signalbox/domain';
import { membersOf, type Pool, type StoreMembers } from '@signalbox/postgres';
import { fresh } from '@signalbox/runtime';
import type { Subscriptions } from './subscriptions.js';

/** How old an answer may be where nobody has told us of a change. Unit: ms. */
const freshMs = 1_000;
/** A signal that concerns more users than this is fanned out by the worker. */
const mostMembers = 300;

/** Whom a signal may concern. */
export interface LookedUp extends Directory {
  /** There are more users than one transaction should write deliveries for; `members` is empty then. */
  tooMany: boolean;
  /** The signal is about a store nobody told us of. */
  unknownStore: boolean;
}

/** What is known of stores and their users. */
export interface StoreDirectory {
  lookUp: (signal: Pick<Signal, 'audience' | 'eventType'>) => Promise<LookedUp>;
  /** Something has changed. */
  forget: () => void;
}

const operators: StoreMembers = { known: true, members: [] };

export function createDirectory(
  policy: RoutingPolicy,
  pool: Pool,
  subscriptions: Subscriptions,
): StoreDirectory {
  const stores = fresh(freshMs, (locations) => membersOf(pool, locations, mostMembers));
  return {
    lookUp: async (signal) => {
      const { audience } = signal;
      const store = audience.type === 'store' ? await stores.get(audience.location) : operators;
      return toDirectory(store, await subscriptions.concerned(signal), policy);
    },
    forget: () => {
      stores.forget();
      subscriptions.forget();
    },
  };
}

function toDirectory(
  { known, members }: StoreMembers,
  subscriptions: readonly Subscribed[],
  policy: RoutingPolicy,
): LookedUp {
  const tooMany = members === 'many';
  return { members: tooMany ? [] : members, subscriptions, policy, tooMany, unknownStore: !known };
}

import {
  compileFilter,
  type Envelope,
  lazily,
  matchesEventType,
  maxAttempts,
  type Signal,
  type Subscribed,
} from '@signalbox/domain';
import {
  allSubscriptions,
  findSubscriptions,
  type Pool,
  type StoredSubscription,
  subscriptionsState,
} from '@signalbox/postgres';
import { fresh } from '@signalbox/runtime';

/** How old an answer may be where nobody has told us of a change. Unit: ms. */
const freshMs = 1_000;
/** Event types whose subscriptions are remembered; senders may name any number. */
const mostTypes = 1_000;

/** A subscription made ready for the doors. */
export interface Ready extends Subscribed {
  /** Those a request may be signed with; none: it need not be signed. */
  ingestSecrets(now: Date): string[];
  subscription: StoredSubscription;
}

/** What is known of subscriptions. */
export interface Subscriptions {
  find: (id: string) => Promise<Ready | null>;
  /** Those that a signal may concern; empty for audiences that are not subscriptions. */
  concerned: (signal: Pick<Signal, 'audience' | 'eventType'>) => Promise<readonly Ready[]>;
  /** Something has changed. */
  forget: () => void;
}

export function createSubscriptions(pool: Pool, envelope: Envelope): Subscriptions {
  const one = fresh(freshMs, async (ids) => {
    const found = await findSubscriptions(pool, ids);
    return found.map((subscription) => subscription && toReady(subscription, envelope));
  });
  const all = everySubscription(pool, envelope);
  return {
    find: one.get,
    concerned: async ({ audience, eventType }) => {
      if (audience.type === 'subscribers') return all.taking(eventType);
      const ready = audience.type === 'subscription' ? await one.get(audience.id) : null;
      return ready ? [ready] : [];
    },
    forget: () => {
      one.forget();
      all.forget();
    },
  };
}

/** All subscriptions, loaded anew only when one has changed, and found by the event type they take. */
function everySubscription(pool: Pool, envelope: Envelope) {
  let loaded: { state: string; ready: Ready[]; byType: Map<string, Ready[]> } | null = null;
  const current = fresh(freshMs, async () => {
    const state = await subscriptionsState(pool);
    if (loaded?.state !== state) {
      const ready = (await allSubscriptions(pool)).map((subscription) => toReady(subscription, envelope));
      loaded = { state, ready, byType: new Map() };
    }
    return [loaded];
  });
  return {
    forget: current.forget,
    taking: async (eventType: string): Promise<Ready[]> => {
      const { ready, byType } = await current.get('all');
      const known = byType.get(eventType);
      if (known) return known;
      const taking = ready.filter(({ takes }) => takes(eventType));
      if (byType.size < mostTypes) byType.set(eventType, taking);
      return taking;
    },
  };
}

function toReady(subscription: StoredSubscription, envelope: Envelope): Ready {
  const { id, eventTypes, filter, retrySchedule, sealedSecrets } = subscription;
  const matches = filter && compileFilter(filter);
  // Opened when it is asked for: one that cannot be must not be in the way of all others.
  const secrets = lazily(() =>
    sealedSecrets
      .filter(({ kind }) => kind === 'ingest')
      .map(({ sealed, expiresAt }) => ({ secret: envelope.open(sealed, id), expiresAt })),
  );
  return {
    id,
    takes: (eventType) => matchesEventType(eventTypes, eventType),
    accepts: (payload) => matches === null || matches(payload()),
    maxAttempts: retrySchedule && maxAttempts(retrySchedule),
    ingestSecrets: (now) =>
      secrets()
        .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
        .map(({ secret }) => secret),
    subscription,
  };
}

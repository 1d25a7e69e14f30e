import {
  CannotOpen,
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
import { atMostEveryMinute, fresh, type Log } from '@signalbox/runtime';

/** How old an answer may be where nobody has told us of a change. Unit: ms. */
const freshMs = 1_000;
/** Event types whose subscriptions are remembered; senders may name any number. */
const mostTypes = 1_000;

/** A subscription made ready for the doors. */
export interface Ready extends Subscribed {
  /** Those a request may be signed with; none: it need not be signed. The error where they cannot be opened. */
  ingestSecrets(now: Date): string[] | CannotOpen;
  subscription: StoredSubscription;
}

type MakeReady = (subscription: StoredSubscription) => Ready;

interface Opened {
  secret: string;
  expiresAt: Date | null;
}

/** What is known of subscriptions. */
export interface Subscriptions {
  find: (id: string) => Promise<Ready | null>;
  /** Those that a signal may concern; empty for audiences that are not subscriptions. */
  concerned: (signal: Pick<Signal, 'audience' | 'eventType'>) => Promise<readonly Ready[]>;
  /** Something has changed. */
  forget: () => void;
}

export function createSubscriptions(pool: Pool, envelope: Envelope, log: Log): Subscriptions {
  const say = atMostEveryMinute<{ error: CannotOpen; id: string }>(({ error, id }, times) =>
    log.error({ err: error, subscription_id: id, times }, 'secret.unavailable'),
  );
  const ready: MakeReady = (subscription) =>
    toReady(subscription, () => {
      const secrets = ingestSecrets(subscription, envelope);
      if (secrets instanceof CannotOpen) say({ error: secrets, id: subscription.id });
      return secrets;
    });
  const one = fresh(freshMs, async (ids) => {
    const found = await findSubscriptions(pool, ids);
    return found.map((subscription) => subscription && ready(subscription));
  });
  const all = everySubscription(pool, ready);
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
function everySubscription(pool: Pool, makeReady: MakeReady) {
  let loaded: { state: string; ready: Ready[]; byType: Map<string, Ready[]> } | null = null;
  const current = fresh(freshMs, async () => {
    const state = await subscriptionsState(pool);
    if (loaded?.state !== state) {
      const ready = (await allSubscriptions(pool)).map(makeReady);
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

function toReady(subscription: StoredSubscription, openSecrets: () => Opened[] | CannotOpen): Ready {
  const { id, eventTypes, filter, retrySchedule } = subscription;
  const matches = filter && compileFilter(filter);
  // Opened when it is asked for: one that cannot be must not be in the way of all others.
  const secrets = lazily(openSecrets);
  return {
    id,
    takes: (eventType) => matchesEventType(eventTypes, eventType),
    accepts: (payload) => matches === null || matches(payload()),
    maxAttempts: retrySchedule && maxAttempts(retrySchedule),
    ingestSecrets: (now) => {
      const opened = secrets();
      if (opened instanceof CannotOpen) return opened;
      return opened
        .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
        .map(({ secret }) => secret);
    },
    subscription,
  };
}

function ingestSecrets({ id, sealedSecrets }: StoredSubscription, envelope: Envelope): Opened[] | CannotOpen {
  try {
    return sealedSecrets
      .filter(({ kind }) => kind === 'ingest')
      .map(({ sealed, expiresAt }) => ({ secret: envelope.open(sealed, id), expiresAt }));
  } catch (error) {
    if (error instanceof CannotOpen) return error;
    throw error;
  }
}

import {
  compileReshape,
  type Delivery,
  type Envelope,
  lazily,
  openHeaders,
  type Subscriber,
} from '@signalbox/domain';
import { findSubscriptions, type Pool, type StoredSubscription } from '@signalbox/postgres';
import type { Gate } from '@signalbox/redis';
import { type Fresh, fresh } from '@signalbox/runtime';

/** How old what is known of a subscription may be where nobody has told us of a change. Unit: ms. */
const freshMs = 1_000;

/** A subscription made ready to be delivered to. */
export interface Ready {
  subscription: StoredSubscription;
  gate: Gate;
  /** Omits and renames; null where the payload is left as it is, or JSONata changes it. */
  reshape: ((body: Buffer) => Buffer) | null;
  /**
   * What an attempt that begins now is sent with, its body still as it came.
   * @throws CannotOpen
   */
  subscriber(delivery: Delivery, now: Date): Subscriber;
}

/** Subscriptions by id; null where there is none (any more). */
export type Subscribers = Fresh<Ready | null>;

export function createSubscribers(pool: Pool, envelope: Envelope): Subscribers {
  return fresh(freshMs, async (ids) => {
    const found = await findSubscriptions(pool, ids);
    return found.map((subscription) => subscription && toReady(subscription, envelope));
  });
}

function toReady(subscription: StoredSubscription, envelope: Envelope): Ready {
  const { id, url, allowHttp, hubSignature, timeoutMs, rateLimit, maxInFlight, transform } = subscription;
  // Opened when it is asked for: one that cannot be must not be in the way of others.
  const secrets = lazily(() =>
    subscription.sealedSecrets
      .filter(({ kind }) => kind === 'signing')
      .map(({ sealed, expiresAt }) => ({ secret: envelope.open(sealed, id), expiresAt })),
  );
  const headers = lazily(() => openHeaders(envelope, subscription, id));
  const pace = rateLimit && { count: rateLimit.limit, periodMs: rateLimit.periodSeconds * 1_000 };
  return {
    subscription,
    gate: { target: id, maxInFlight, pace },
    reshape: transform && transform.jsonata === undefined ? compileReshape(transform) : null,
    subscriber: ({ signal }, now) => {
      const inForce = secrets().filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
      const sending = { id, url, allowHttp, headers: headers(), hubSignature, timeoutMs };
      return { ...sending, body: signal.raw, secrets: inForce.map(({ secret }) => secret) };
    },
  };
}

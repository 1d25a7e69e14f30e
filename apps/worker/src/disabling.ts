import { type DisabledReason, newId, type Signal } from '@signalbox/domain';
import { type DisabledSubscription, disableSubscription, failingSubscriptions } from '@signalbox/postgres';
import { announceChange, type Redis } from '@signalbox/redis';
import { every } from './every.js';
import { type Keeping, keepSignal } from './keep-signal.js';

export interface Disabling extends Keeping {
  redis: Redis;
}

/** A receiver that has taken nothing for so long is not coming back by itself. Unit: ms. */
const longestFailingMs = 5 * 24 * 60 * 60 * 1_000;

/** How soon after its time is up a subscription is disabled. Unit: ms. */
const everyMs = 10 * 60 * 1_000;

/** Disables subscriptions to which nothing has been delivered for days. */
export function disableFailingUntil(stopping: AbortSignal, context: Disabling): Promise<void> {
  return every(
    everyMs,
    stopping,
    () => disableFailing(context),
    (error) => context.log.warn({ err: error }, 'disabling.failed'),
  );
}

/** @param forMs how long nothing has been delivered */
export async function disableFailing(context: Disabling, forMs = longestFailingMs): Promise<void> {
  for (const id of await failingSubscriptions(context.pool, forMs)) await disable(id, 'failing', context);
}

/** Disables a subscription, which from now on holds what comes for it, and tells the operators. */
export async function disable(id: string, reason: DisabledReason, context: Disabling): Promise<void> {
  const { pool, redis, log } = context;
  const disabled = await disableSubscription(pool, id, reason);
  if (!disabled) return;
  log.warn({ subscription_id: id, reason }, 'subscription.disabled');
  await announceChange(redis).catch((error: unknown) => log.debug({ err: error }, 'change.not_announced'));
  await keepSignal(toSignal(disabled, reason), null, newId(), context);
}

/** What became of a subscription, as a signal: it stands among the events, and pages where warnings do. */
function toSignal({ id, url, failingSince }: DisabledSubscription, reason: DisabledReason): Signal {
  const { host } = new URL(url);
  const eventId = newId();
  const now = new Date();
  const told = { subscription_id: id, reason, host, failing_since: failingSince, at: now };
  return {
    eventId,
    source: 'signalbox',
    dedupeKey: eventId,
    version: 0,
    eventType: 'subscription.disabled',
    kind: 'event',
    severity: 'warning',
    service: 'signalbox',
    summary: `Subscription ${id} to ${host} was disabled (${reason})`,
    description: null,
    startedAt: now,
    resolvedAt: null,
    audience: { type: 'operators' },
    testMode: false,
    raw: Buffer.from(JSON.stringify(told)),
  };
}

import { lazily } from './lazily.js';
import { alertClass, type Contact, contactsFor, type Member, wants } from './preference.js';
import { quietUntil } from './quiet-hours.js';
import { jsonView, type Severity, type Signal } from './signal.js';

/** One channel and one receiver on it that a signal is owed to. */
export interface Target {
  channel: string;
  /** Who is reached: a user's id, or `default` for `pagerduty`. Never an address, so it may be logged. */
  target: string;
  /** The user behind the target; null where there is none. */
  userId: string | null;
  /** What the channel sends to, where the target alone does not say it. */
  address: string | null;
  /** It waits until then; null: it is due at once. */
  notBefore: Date | null;
  /** What to do when it does not arrive; null: nothing. */
  fallback: Fallback | null;
  /** It is on record only, and not sent; null: it is sent. */
  skipped: SkipReason | null;
  /** How many requests it may cost in all; null: as many as any. */
  maxAttempts: number | null;
}

/** Why a subscription that a signal was sent to does not get it: it takes other event types, or its filter says no. */
export type SkipReason = 'event_type' | 'filter';

/** The ways to try one after the other when the one before has failed. */
export interface Fallback {
  /** At least one. */
  next: readonly Pick<Contact, 'channel' | 'address'>[];
  /** Try the first also when the one before has not succeeded after so many ms; null: only when it has failed. */
  afterMs: number | null;
}

/** Why a user of the signal's store is not told. */
export const untoldReasons = ['inactive', 'preference', 'no_channel', 'already_told'] as const;
export type UntoldReason = (typeof untoldReasons)[number];

/** A user who is not told, and why. */
export interface Untold {
  userId: string;
  reason: UntoldReason;
}

/** Everyone a signal is owed to, and every user of its store it is not. */
export interface Routed {
  targets: Target[];
  untold: Untold[];
}

/** What the operator decided. */
export interface RoutingPolicy {
  /** Page for warnings too (`ROUTE_WARNING`). Critical signals always page, info never. */
  routeWarning: boolean;
  /** In production a sender's test events page nobody. */
  production: boolean;
  /** How long a critical alert may take on one channel before the user's next one is tried too. Unit: ms. */
  fallbackAfterMs: number;
}

/** What routing needs to know besides the signal. */
export interface Directory {
  /** The users of the signal's store; empty for other audiences and unknown stores. */
  members: readonly Member[];
  /** The subscriptions that may be concerned; empty for other audiences. */
  subscriptions: readonly Subscribed[];
  policy: RoutingPolicy;
}

/** What routing needs to know of a subscription. */
export interface Subscribed {
  id: string;
  /** Whether it takes events of this type. */
  takes: (eventType: string) => boolean;
  /** Whether its filter, if it has one, lets a payload pass. */
  accepts: (payload: () => unknown) => boolean;
  /** As its own retry schedule has it; null: as many as any. */
  maxAttempts: number | null;
}

/** Everyone a signal is owed to, decided from its content, the directory and the time of day alone. */
export function route(
  signal: Pick<Signal, 'audience' | 'severity' | 'testMode' | 'eventType' | 'raw'>,
  { members, subscriptions, policy }: Directory,
  now = new Date(),
): Routed {
  switch (signal.audience.type) {
    case 'store':
      return routeToUsers(signal.severity, members, policy, now);
    case 'operators':
      return { targets: pagingTargets(signal, policy), untold: [] };
    case 'subscription':
      return { targets: subscriptionTargets(signal, subscriptions), untold: [] };
    case 'subscribers': {
      const targets = subscriptionTargets(signal, subscriptions);
      return { targets: targets.filter(({ skipped }) => skipped === null), untold: [] };
    }
  }
}

function subscriptionTargets(
  { eventType, raw }: Pick<Signal, 'eventType' | 'raw'>,
  subscriptions: readonly Subscribed[],
): Target[] {
  // Most subscriptions have no filter, and then nobody needs to parse the body.
  const payload = lazily(() => jsonView(raw));
  return subscriptions.map((subscription) => ({
    ...plain,
    channel: 'webhook',
    target: subscription.id,
    skipped: whySkipped(subscription, eventType, payload),
    maxAttempts: subscription.maxAttempts,
  }));
}

function whySkipped(subscription: Subscribed, eventType: string, payload: () => unknown): SkipReason | null {
  if (!subscription.takes(eventType)) return 'event_type';
  return subscription.accepts(payload) ? null : 'filter';
}

/** How {@link route} decides about the users of a store. */
export function routeToUsers(
  severity: Severity,
  members: readonly Member[],
  { fallbackAfterMs }: Pick<RoutingPolicy, 'fallbackAfterMs'>,
  now = new Date(),
): Routed {
  const routed: Routed = { targets: [], untold: [] };
  for (const member of members) {
    const [first, ...rest] = contactsFor(member, severity);
    const reason = whyUntold(member, severity, first);
    if (!first || reason) routed.untold.push({ userId: member.userId, reason: reason ?? 'no_channel' });
    else routed.targets.push(toUser(member, severity, first, rest, fallbackAfterMs, now));
  }
  return routed;
}

function whyUntold(member: Member, severity: Severity, contact: Contact | undefined): UntoldReason | null {
  if (!member.active) return 'inactive';
  if (!wants(member, severity)) return 'preference';
  return contact ? null : 'no_channel';
}

function toUser(
  { userId, quietHours }: Member,
  severity: Severity,
  { channel, address }: Contact,
  rest: readonly Contact[],
  fallbackAfterMs: number,
  now: Date,
): Target {
  const isCritical = alertClass(severity) === 'critical';
  const next = rest.map(({ channel, address }) => ({ channel, address }));
  return {
    ...plain,
    channel,
    target: userId,
    userId,
    address,
    notBefore: quietHours && !isCritical ? quietUntil(quietHours, now) : null,
    fallback: next.length > 0 ? { next, afterMs: isCritical ? fallbackAfterMs : null } : null,
  };
}

/** What most targets have nothing of. */
const plain = {
  userId: null,
  address: null,
  notBefore: null,
  fallback: null,
  skipped: null,
  maxAttempts: null,
};

/** Whoever is on call. */
export const onCall: Target = { ...plain, channel: 'pagerduty', target: 'default' };

function pagingTargets(signal: Pick<Signal, 'severity' | 'testMode'>, policy: RoutingPolicy): Target[] {
  if (signal.testMode && policy.production) return [];
  const pages = signal.severity === 'critical' || (signal.severity === 'warning' && policy.routeWarning);
  return pages ? [onCall] : [];
}

/** Somebody to whom a revision of a signal was promised, and how grave it was. */
export interface Told extends Pick<Target, 'channel' | 'target' | 'userId'> {
  severity: Severity;
}

/**
 * Who is owed a later revision of a signal. While it lasts: those who were not told at its class or a graver one, so
 * that an escalation is told and a de-escalation is not. When it is over: whoever was paged for it.
 * @param routed what would hold if the revision were new
 * @param told what was promised since the signal was last resolved, and may still be or was delivered
 */
export function routeRevision(
  signal: Pick<Signal, 'severity' | 'resolvedAt'>,
  { targets, untold }: Routed,
  told: readonly Told[],
): Routed {
  if (signal.resolvedAt) return { targets: paged(told), untold: [] };
  const known = new Set(told.filter(({ severity }) => isAsGrave(severity, signal.severity)).map(who));
  const alreadyTold = targets.flatMap(({ userId, ...target }) =>
    userId !== null && known.has(who({ userId, ...target }))
      ? [{ userId, reason: 'already_told' as const }]
      : [],
  );
  return {
    targets: targets.filter((target) => !known.has(who(target))),
    untold: [...untold, ...alreadyTold],
  };
}

/** Only a page can be closed; a user who was told of a theft is not told that it is over. */
function paged(told: readonly Told[]): Target[] {
  return told.some(({ channel }) => channel === onCall.channel) ? [onCall] : [];
}

function isAsGrave(told: Severity, now: Severity): boolean {
  return alertClass(told) === 'critical' || alertClass(now) === 'standard';
}

/** A user is the same one on every channel. */
function who({ channel, target, userId }: Pick<Target, 'channel' | 'target' | 'userId'>): string {
  return userId ?? `${channel} ${target}`;
}

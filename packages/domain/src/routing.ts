import { alertClass, type Member, wants } from './preference.js';
import type { Severity, Signal } from './signal.js';

/** One channel and one receiver on it that a signal is owed to. */
export interface Target {
  channel: string;
  target: string;
  /** The user behind the target, where there is one. */
  userId: string | null;
}

/** What the operator decided about paging. */
export interface PagingPolicy {
  /** Page for warnings too (`ROUTE_WARNING`). Critical signals always page, info never. */
  routeWarning: boolean;
  /** In production a sender's test events page nobody. */
  production: boolean;
}

/** What routing needs to know besides the signal. */
export interface Directory {
  /** The users of the signal's store; empty for other audiences and unknown stores. */
  members: readonly Member[];
  paging: PagingPolicy;
}

/** Everyone a signal is owed to, decided from its content and the directory alone. */
export function route(
  signal: Pick<Signal, 'audience' | 'severity' | 'testMode'>,
  directory: Directory,
): Target[] {
  return signal.audience.type === 'store'
    ? storeTargets(signal, directory.members)
    : pagingTargets(signal, directory.paging);
}

function storeTargets(signal: Pick<Signal, 'severity'>, members: readonly Member[]): Target[] {
  return members
    .filter((member) => wants(member, signal.severity))
    .map(({ userId }) => ({ channel: 'notification', target: userId, userId }));
}

function pagingTargets(signal: Pick<Signal, 'severity' | 'testMode'>, policy: PagingPolicy): Target[] {
  if (signal.testMode && policy.production) return [];
  const pages = signal.severity === 'critical' || (signal.severity === 'warning' && policy.routeWarning);
  return pages ? [{ channel: 'pagerduty', target: 'default', userId: null }] : [];
}

/** A target that an earlier revision was promised to, and how grave that revision was. */
export interface Told extends Target {
  severity: Severity;
}

/**
 * Who is owed a later revision of a signal. While it lasts: the targets that were not told at its class or a graver
 * one, so that an escalation is told and a de-escalation is not. When it is over: whoever was paged for it.
 * @param targets everyone the revision would be owed to if it were new
 * @param told what was promised since the signal was last resolved, and may still be or was delivered
 */
export function routeRevision(
  signal: Pick<Signal, 'severity' | 'resolvedAt'>,
  targets: readonly Target[],
  told: readonly Told[],
): Target[] {
  if (signal.resolvedAt) return paged(told);
  const known = new Set(told.filter(({ severity }) => isAsGrave(severity, signal.severity)).map(key));
  return targets.filter((target) => !known.has(key(target)));
}

/** Only a page can be closed; a user who was told of a theft is not told that it is over. */
function paged(told: readonly Told[]): Target[] {
  const pages = told.filter(({ channel }) => channel === 'pagerduty');
  const targets = pages.map(({ channel, target, userId }) => ({ channel, target, userId }));
  return [...new Map(targets.map((target) => [key(target), target])).values()];
}

function isAsGrave(told: Severity, now: Severity): boolean {
  return alertClass(told) === 'critical' || alertClass(now) === 'standard';
}

function key({ channel, target }: Target): string {
  return `${channel} ${target}`;
}

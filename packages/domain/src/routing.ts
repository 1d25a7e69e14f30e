import { type Member, wants } from './preference.js';
import type { Signal } from './signal.js';

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

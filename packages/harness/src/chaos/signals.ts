import { senders } from '../senders.js';
import type { Random } from './random.js';

/** What a signal owes somebody. */
export interface Owed {
  channel: string;
  /** A subscription, a user, or PagerDuty. */
  target: string;
  /** What is to arrive, to the byte; null where only the id of the signal can be looked for in it. */
  body: string | null;
}

/** A signal as its sender sends it, again and again until it is answered 2xx. */
export interface Signal {
  /** What it is called by its sender and in the ledger: idempotency key, alert_uuid, Stripe's id. */
  key: string;
  path: string;
  body: string;
  /** Made anew for every try, since some bear the time. */
  headers: () => Record<string, string>;
  owes: Owed[];
  /** What its sender does besides: gives up after one failure, or sends it again after 2xx. */
  manner: 'usual' | 'gives-up' | 'repeats';
}

/** Who can be told of signals. */
export interface Audience {
  /** Ids of subscriptions; each takes the events of one group. */
  subscriptions: readonly string[];
  /** How many groups there are; subscription n takes those of group n modulo this. */
  groups: number;
  /** A store, and those of its users who are told of thefts. */
  store: { location: string; users: readonly string[] };
}

/** Makes the n-th signal of a run, n ≥ 0. */
export function makeSignal(n: number, run: string, random: Random, audience: Audience): Signal {
  const kind = random.next();
  const manner = random.pick(manners);
  if (kind < 0.02) return { ...page(n, run), manner };
  if (kind < 0.25) return { ...alert(n, audience), manner };
  const key = `${run}-${n}`;
  if (kind < 0.5) return { ...event(key, random.between(0, audience.groups - 1), audience), manner };
  const at = random.between(0, audience.subscriptions.length - 1);
  const type = random.next() < 0.05 ? 'chaos.unwanted' : typeOf(at % audience.groups);
  return { ...direct(key, audience.subscriptions[at] as string, type), manner };
}

const manners = [...Array.from({ length: 18 }, () => 'usual' as const), 'gives-up', 'repeats'] as const;

/** JSON that a parser and a writer would not give back as it was. */
const odd = '"n": 1.0, "big":12345678901234567890,\n "é":"\\u00e9"';

/** The type of a group's events. */
export const typeOf = (group: number): string => `chaos.group-${group}`;

function event(key: string, group: number, { subscriptions, groups }: Audience) {
  const body = `{"type":"${typeOf(group)}", "data":{"key":"${key}", ${odd}}}`;
  const takers = subscriptions.filter((_, index) => index % groups === group);
  return keyed(key, '/events', body, takers);
}

/** For a subscription that does not want the type it is only written down as skipped. */
function direct(key: string, subscription: string, type: string) {
  const path = `/ingest/${subscription}?event_type=${type}`;
  return keyed(key, path, `{"key":"${key}", ${odd}}`, [subscription]);
}

function keyed(key: string, path: string, body: string, targets: string[]) {
  const headers = () => ({ ...json(), 'idempotency-key': key });
  const owes = targets.map((target) => ({ channel: 'webhook', target, body }));
  return { key, path, body, headers, owes };
}

const json = () => ({ 'content-type': 'application/json' });

function alert(n: number, { store: { location, users } }: Audience) {
  const alert_uuid = `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
  const told = { url: `https://media.example.com/${n}.mp4`, alert_uuid, location, label: 'theft' };
  const body = JSON.stringify({ ...told, time_spotted: Date.now() / 1000 });
  const owes = users.map((target) => ({
    channel: 'notification',
    target,
    body: JSON.stringify({ ...told, target_user_id: target }),
  }));
  return { key: alert_uuid, path: '/webhooks/alerts/', body, headers: json, owes };
}

function page(n: number, run: string) {
  const key = `evt_${run}_${n}`;
  const failed = { id: `po_${n}`, amount: 10_000, currency: 'eur', failure_message: 'Insufficient funds' };
  const created = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    id: key,
    object: 'event',
    type: 'payout.failed',
    created,
    data: { object: failed },
  });
  const owes = [{ channel: 'pagerduty', target: 'default', body: null }];
  const headers = () => ({ ...json(), ...senders.stripe?.sign(body, {}) });
  return { key, path: '/ingest/stripe', body, headers, owes };
}

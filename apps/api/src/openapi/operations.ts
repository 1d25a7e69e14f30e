import { type Access, access } from '../access.js';
import { alerts } from './alerts.js';
import { deliveries } from './deliveries.js';
import { keys } from './keys.js';
import type { Operation, Operations } from './operation.js';
import { partners } from './partners.js';
import { rejections } from './rejected.js';
import { senders } from './senders.js';
import { signals } from './signals.js';
import { statistics } from './stats.js';
import { statusPages } from './status-pages.js';
import { stores } from './stores.js';
import { subscriptions } from './subscriptions.js';
import { system } from './system.js';
import { users } from './users.js';

/** All that is documented, by the heading it stands under. */
export const headings: Readonly<Record<string, Operations>> = {
  'Sending signals': senders,
  Signals: signals,
  Deliveries: deliveries,
  Alerts: alerts,
  'Rejected requests': rejections,
  Subscriptions: subscriptions,
  Partners: partners,
  Statistics: statistics,
  Stores: stores,
  Users: users,
  'Status pages': statusPages,
  'Keys and records': keys,
  System: system,
};

/** Pages for people and what belongs to them: no part of the API. */
export const pages: readonly string[] = [
  'get /login',
  'get /login.css',
  'post /session/end',
  'get /docs',
  'get /docs/:file',
  'get /admin/queues{/*rest}',
  'all /admin/queues{/*rest}',
];

/** A route, and what is told of it. */
export interface Documented {
  /** As the table of access names it: `get /signals/:id`. */
  name: string;
  heading: string;
  access: Access;
  operation: Operation;
}

/** Everything that is documented, in the order of the table of access. */
export function documented(): Documented[] {
  const known = new Map(
    Object.entries(headings).flatMap(([heading, operations]) =>
      Object.entries(operations).map(([name, operation]) => [name, { name, heading, operation }] as const),
    ),
  );
  return access.flatMap((entry) => {
    const found = known.get(`${entry.method} ${entry.path}`);
    return found ? [{ ...found, access: entry }] : [];
  });
}

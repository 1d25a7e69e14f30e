import {
  type Routed,
  type RoutingPolicy,
  routeRevision,
  routeToUsers,
  type Severity,
} from '@signalbox/domain';
import { membersAfter } from './members.js';
import { addDeliveries, decisionRows, deliveryRow, insertDecisions } from './new-deliveries.js';
import type { NewSignal, Owed } from './new-signal.js';
import { type Client, type Pool, transaction } from './pool.js';
import { cancelWaiting, toldOf } from './told.js';

/** The duty to tell the users of a store, as the SQL of this package takes it in; none where there is no such duty. */
export function fanOutRow({ signal, fanOut, ...item }: NewSignal, signalId: string, revision: number) {
  if (!fanOut || signal.audience.type !== 'store') return [];
  return [
    {
      signal_id: signalId,
      revision,
      location: signal.audience.location,
      severity: signal.severity,
      max_attempts: item.maxAttempts,
      correlation_id: item.correlationId,
    },
  ];
}

/** The statement that writes what {@link fanOutRow} makes. */
export function insertFanOuts(parameter: string, join = ''): string {
  return `
    insert into fan_outs (signal_id, revision, location, severity, max_attempts, correlation_id)
    select row.signal_id, row.revision, row.location, row.severity, row.max_attempts, row.correlation_id
    from json_to_recordset(${parameter}::json) as row (
      signal_id uuid, revision int, location text, severity text, max_attempts int, correlation_id text
    ) ${join}`;
}

/** Which revision of which signal. */
export interface FanOutKey {
  signalId: string;
  revision: number;
}

interface FanOut {
  location: string;
  severity: Severity;
  maxAttempts: number;
  correlationId: string;
  afterUser: string;
  /** The revision the signal is at by now. */
  latest: number;
}

/**
 * Writes what the next `size` users of a fan-out are owed, and how far it has come, in one transaction.
 * @returns the new deliveries, and whether they were the last; null when there is nothing (left) to do, or another
 *   process is at it
 */
export function fanOutNext(
  pool: Pool,
  key: FanOutKey,
  policy: RoutingPolicy,
  size: number,
): Promise<{ owed: Owed[]; done: boolean } | null> {
  return transaction(pool, async (client) => {
    const fanOut = await take(client, key);
    if (!fanOut) return null;
    const { severity, location, afterUser } = fanOut;
    const members = await membersAfter(client, location, afterUser, size);
    const users = members.map(({ userId }) => userId);
    const routed = routeToUsers(severity, members, policy);
    // While there is one revision nobody has been told of another.
    const told = fanOut.latest === 1 ? [] : await toldOf(client, key.signalId, users);
    const owed = await write(
      client,
      key,
      fanOut,
      routeRevision({ severity, resolvedAt: null }, routed, told),
    );
    const done = members.length < size;
    await (done ? finish(client, key) : progress(client, key, users.at(-1) as string));
    return { owed, done };
  });
}

async function take(client: Client, { signalId, revision }: FanOutKey): Promise<FanOut | null> {
  const { rows } = await client.query<FanOut>(
    `select location, severity, max_attempts as "maxAttempts", correlation_id as "correlationId", after_user as "afterUser",
       (select s.revision from signals s where s.id = signal_id) as latest
     from fan_outs where signal_id = $1 and revision = $2 for update skip locked`,
    [signalId, revision],
  );
  return rows[0] ?? null;
}

async function write(
  client: Client,
  key: FanOutKey,
  fanOut: FanOut,
  { targets, untold }: Routed,
): Promise<Owed[]> {
  const { signalId, revision } = key;
  await cancelWaiting(client, signalId, revision, targets);
  const rows = targets.map((target) => deliveryRow(target, { ...key, maxAttempts: fanOut.maxAttempts }));
  await client.query({
    name: 'fan-out-decisions',
    text: `${insertDecisions('$1')} on conflict do nothing`,
    values: [JSON.stringify(decisionRows(untold, signalId, revision))],
  });
  return addDeliveries(client, rows, () => fanOut.correlationId);
}

async function finish(client: Client, { signalId, revision }: FanOutKey): Promise<void> {
  await client.query('delete from fan_outs where signal_id = $1 and revision = $2', [signalId, revision]);
}

async function progress(client: Client, { signalId, revision }: FanOutKey, afterUser: string): Promise<void> {
  await client.query(
    'update fan_outs set after_user = $3, touched_at = now() where signal_id = $1 and revision = $2',
    [signalId, revision, afterUser],
  );
}

/** Fan-outs that have not got on for `idleMs`: nobody is at them. They count as put in line from now on. */
export async function idleFanOuts(pool: Pool, idleMs: number): Promise<FanOutKey[]> {
  const { rows } = await pool.query<FanOutKey>(
    `update fan_outs set touched_at = now()
     where touched_at < now() - $1::float8 * interval '1 millisecond'
     returning signal_id as "signalId", revision`,
    [idleMs],
  );
  return rows;
}

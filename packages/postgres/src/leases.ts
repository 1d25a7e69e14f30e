import type { Delivery } from '@signalbox/domain';
import type { Pool } from './pool.js';

/**
 * Takes the deliveries that are due for sending and loads what an attempt needs. Whoever holds the lease has
 * `leaseMs`; after that anybody may take it again. An id that is not due, finished, or held by another answers null.
 * @param inOrder also null while the target still waits for an earlier revision: a resolve must not overtake its trigger
 */
export async function leaseDeliveries(
  pool: Pool,
  ids: readonly string[],
  leaseMs: number,
  inOrder = false,
): Promise<(Delivery | null)[]> {
  const { rows } = await pool.query<Row>({
    name: 'lease-deliveries',
    text: leaseSql,
    values: [ids, leaseMs, inOrder],
  });
  const byId = new Map(rows.map((row) => [row.id, toDelivery(row)]));
  return ids.map((id) => {
    const delivery = byId.get(id) ?? null;
    // The same id twice in one batch is leased to the first.
    byId.delete(id);
    return delivery;
  });
}

// Rows another transaction holds are being leased or recorded there; skipping them also rules out deadlocks.
const leaseSql = `
  with due as (
    select id, attempts_made > 0 or next_attempt_at > greatest(queued_at, not_before) as again
    from deliveries d
    where id = any($1::uuid[]) and status = 'pending' and next_attempt_at <= now()
      and (not $3::boolean or revision = 1 or not exists (
        select from deliveries earlier
        where earlier.signal_id = d.signal_id and earlier.revision < d.revision
          and earlier.channel = d.channel and earlier.target = d.target and earlier.status = 'pending'
      ))
    for update skip locked
  ), leased as (
    update deliveries d set next_attempt_at = now() + $2::float8 * interval '1 millisecond'
    from due where d.id = due.id
    returning d.id, d.signal_id, d.revision, d.channel, d.target, d.address, d.attempts_made, d.max_attempts,
      d.created_at, due.again
  )
  select l.*, s.source, s.event_id, s.kind, s.service, s.test_mode,
    coalesce(r.correlation_id, s.correlation_id) as correlation_id,
    case when r.signal_id is null then s.trace_parent else r.trace_parent end as trace_parent,
    coalesce(r.event_type, s.event_type) as event_type,
    coalesce(r.severity, s.severity) as severity,
    coalesce(r.summary, s.summary) as summary,
    case when r.signal_id is null then s.description else r.description end as description,
    coalesce(r.started_at, s.started_at) as started_at,
    case when r.signal_id is null then s.resolved_at else r.resolved_at end as resolved_at,
    coalesce(r.raw, s.raw) as raw
  from leased l
  join signals s on s.id = l.signal_id
  left join signal_revisions r on r.signal_id = l.signal_id and r.revision = l.revision`;

interface Row {
  id: string;
  signal_id: string;
  revision: number;
  channel: string;
  target: string;
  address: string | null;
  again: boolean;
  attempts_made: number;
  max_attempts: number;
  created_at: Date;
  correlation_id: string;
  trace_parent: string | null;
  source: string;
  event_id: string;
  event_type: string;
  kind: Delivery['signal']['kind'];
  severity: Delivery['signal']['severity'];
  service: string;
  summary: string;
  description: string | null;
  started_at: Date;
  resolved_at: Date | null;
  test_mode: boolean;
  raw: Buffer;
}

function toDelivery(row: Row): Delivery {
  return {
    id: row.id,
    signalId: row.signal_id,
    revision: row.revision,
    channel: row.channel,
    target: row.target,
    address: row.address,
    attempt: row.attempts_made + 1,
    maxAttempts: row.max_attempts,
    again: row.again,
    subscriber: null,
    correlationId: row.correlation_id,
    traceParent: row.trace_parent,
    createdAt: row.created_at,
    signal: {
      source: row.source,
      eventId: row.event_id,
      eventType: row.event_type,
      kind: row.kind,
      severity: row.severity,
      service: row.service,
      summary: row.summary,
      description: row.description,
      startedAt: row.started_at,
      resolvedAt: row.resolved_at,
      testMode: row.test_mode,
      raw: row.raw,
    },
  };
}

/** Why a delivery could not be leased: finished with this status, or not before so many ms from now. */
export type NotLeased = { status: 'pending'; dueInMs: number } | { status: string; dueInMs: null };

/** Looks at a delivery that could not be leased; null where there is none. */
export async function whyNotLeased(pool: Pool, id: string): Promise<NotLeased | null> {
  const { rows } = await pool.query<{ status: string; due_in_ms: number }>(
    `select status, greatest(0, extract(epoch from next_attempt_at - now()) * 1000)::float8 as due_in_ms
     from deliveries where id = $1`,
    [id],
  );
  const row = rows[0];
  if (!row) return null;
  return row.status === 'pending'
    ? { status: 'pending', dueInMs: Math.ceil(row.due_in_ms) }
    : { status: row.status, dueInMs: null };
}

/** Keeps a delivery that is leased for `leaseMs` from now: its attempt may take longer than most. */
export async function extendLease(pool: Pool, id: string, leaseMs: number): Promise<void> {
  await pool.query(
    `update deliveries set next_attempt_at = now() + $2::float8 * interval '1 millisecond'
     where id = $1 and status = 'pending'`,
    [id, leaseMs],
  );
}

/** A delivery that was leased and has to wait for its turn with its receiver. */
export interface Deferred {
  id: string;
  /** From now. Unit: ms. */
  waitMs: number;
}

/** Gives leases back until the deliveries' turns come. */
export async function deferDeliveries(pool: Pool, deferred: readonly Deferred[]): Promise<void> {
  // In one order everywhere, so that two batches never wait for each other in a circle.
  const rows = deferred.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await pool.query({
    name: 'defer-deliveries',
    text: `update deliveries d set not_before = turn.at, next_attempt_at = turn.at
           from (
             select id, now() + wait_ms * interval '1 millisecond' as at
             from unnest($1::uuid[], $2::float8[]) as deferred (id, wait_ms)
           ) turn
           where d.id = turn.id and d.status = 'pending'`,
    values: [rows.map(({ id }) => id), rows.map(({ waitMs }) => waitMs)],
  });
}

import type { Signal } from '@signalbox/domain';
import { isTransient } from './errors.js';
import { fanOutRow, insertFanOuts } from './fan-outs.js';
import {
  type DeliveryRow,
  decisionRows,
  deliveryRow,
  insertDecisions,
  insertDeliveries,
  toOwed,
} from './new-deliveries.js';
import type { NewSignal, Stored } from './new-signal.js';
import type { Pool } from './pool.js';
import { revise } from './revisions.js';

/**
 * Keeps signals together with the deliveries they owe, in one transaction; when it resolves, both are durable.
 * `unique (source, dedupe_key)` decides what is new. Results stand in the order of the input.
 */
export async function storeSignals(pool: Pool, incoming: NewSignal[]): Promise<Stored[]> {
  const fresh = await insertFresh(pool, oncePerKey(incoming));
  const known = incoming.filter(({ id }) => !fresh.has(id));
  const rest = known.length > 0 ? await settleKnown(pool, known) : new Map<string, Stored>();
  return incoming.map(({ id }) => (fresh.get(id) ?? rest.get(id)) as Stored);
}

/** One statement cannot insert a key twice, and two that insert the same keys in different orders may deadlock. */
function oncePerKey(incoming: NewSignal[]): NewSignal[] {
  const byKey = new Map<string, NewSignal>();
  for (const item of incoming) {
    const key = keyOf(item.signal);
    if (!byKey.has(key)) byKey.set(key, item);
  }
  if (byKey.size === 1) return [...byKey.values()];
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

async function insertFresh(pool: Pool, items: NewSignal[]): Promise<Map<string, Stored>> {
  const deliveries = new Map(items.map((item) => [item.id, firstDeliveries(item)]));
  const { rows } = await pool.query<{ id: string }>({
    name: 'store-signals',
    text: insertSql,
    values: [
      JSON.stringify(signalRows(items)),
      Buffer.concat(items.map(({ signal }) => signal.raw)),
      JSON.stringify([...deliveries.values()].flat()),
      JSON.stringify(items.flatMap(({ id, routed }) => decisionRows(routed.untold, id, 1))),
      JSON.stringify(items.flatMap((item) => fanOutRow(item, item.id, 1))),
    ],
  });
  const byId = new Map(items.map((item) => [item.id, item]));
  return new Map(rows.map(({ id }) => [id, toStored(byId.get(id) as NewSignal, deliveries.get(id) ?? [])]));
}

function firstDeliveries({ id, routed, maxAttempts }: NewSignal): DeliveryRow[] {
  return routed.targets.map((target) => deliveryRow(target, { signalId: id, revision: 1, maxAttempts }));
}

function toStored({ id, correlationId, fanOut }: NewSignal, deliveries: DeliveryRow[]): Stored {
  const owed = deliveries.flatMap((row) => toOwed(row, correlationId));
  const deliveryIds = deliveries.map((row) => row.id);
  return { type: 'new', signalId: id, revision: 1, owed, deliveryIds, fanOut };
}

const ifStored = 'join stored on stored.id = row.signal_id';

// The bodies travel as one binary parameter cut up by offset: text arrays of bytea cost several times as much.
const insertSql = `
  with incoming as (
    select * from json_to_recordset($1::json) as row (
      id uuid, source text, dedupe_key text, version bigint, event_id text, event_type text, kind text,
      severity text, service text, summary text, description text, started_at timestamptz,
      resolved_at timestamptz, correlation_id text, trace_parent text, suppressed_by uuid, test_mode boolean,
      body_at int, body_length int
    )
  ), stored as (
    insert into signals (id, source, dedupe_key, version, event_id, event_type, kind, severity, service, summary,
      description, started_at, resolved_at, correlation_id, trace_parent, suppressed_by, test_mode, raw)
    select id, source, dedupe_key, version, event_id, event_type, kind, severity, service, summary, description,
      started_at, resolved_at, correlation_id, trace_parent, suppressed_by, test_mode,
      substring($2::bytea from body_at for body_length)
    from incoming
    on conflict (source, dedupe_key) do nothing
    returning id
  ), owed as (${insertDeliveries('$3', ifStored)}
  ), untold as (${insertDecisions('$4', ifStored)}
  ), due as (${insertFanOuts('$5', ifStored)}
  )
  select id from stored`;

function signalRows(items: NewSignal[]) {
  let at = 1;
  return items.map(({ id, signal, correlationId, traceParent, suppressedBy }) => {
    const row = {
      id,
      source: signal.source,
      dedupe_key: signal.dedupeKey,
      version: signal.version,
      event_id: signal.eventId,
      event_type: signal.eventType,
      kind: signal.kind,
      severity: signal.severity,
      service: signal.service,
      summary: signal.summary,
      description: signal.description,
      started_at: signal.startedAt,
      resolved_at: signal.resolvedAt,
      correlation_id: correlationId,
      trace_parent: traceParent,
      suppressed_by: suppressedBy,
      test_mode: signal.testMode,
      body_at: at,
      body_length: signal.raw.length,
    };
    at += signal.raw.length;
    return row;
  });
}

async function settleKnown(pool: Pool, items: NewSignal[]): Promise<Map<string, Stored>> {
  const { rows } = await pool.query<Known>({
    name: 'find-known-signals',
    text: `select s.id, s.source, s.dedupe_key, s.version::float8 as version, s.revision
           from unnest($1::text[], $2::text[]) as wanted (source, dedupe_key)
           join signals s on s.source = wanted.source and s.dedupe_key = wanted.dedupe_key`,
    values: [items.map(({ signal }) => signal.source), items.map(({ signal }) => signal.dedupeKey)],
  });
  const byKey = new Map(rows.map((row) => [keyOf({ source: row.source, dedupeKey: row.dedupe_key }), row]));
  const settled = new Map<string, Stored>();
  for (const item of items) {
    const known = byKey.get(keyOf(item.signal)) as Known;
    settled.set(item.id, await settle(pool, item, known));
  }
  return settled;
}

interface Known {
  id: string;
  source: string;
  dedupe_key: string;
  version: number;
  revision: number;
}

async function settle(pool: Pool, item: NewSignal, known: Known): Promise<Stored> {
  if (item.signal.version <= known.version) {
    return { type: 'duplicate', signalId: known.id, revision: known.revision, owed: [], fanOut: false };
  }
  try {
    return await revise(pool, item, known.id);
  } catch (error) {
    if (!isTransient(error)) throw error;
    return revise(pool, item, known.id);
  }
}

function keyOf(signal: Pick<Signal, 'source' | 'dedupeKey'>): string {
  return `${signal.source}\n${signal.dedupeKey}`;
}

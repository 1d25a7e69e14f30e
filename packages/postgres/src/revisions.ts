import { routeRevision } from '@signalbox/domain';
import { fanOutRow, insertFanOuts } from './fan-outs.js';
import { addDeliveries, decisionRows, deliveryRow, insertDecisions } from './new-deliveries.js';
import type { NewSignal, Owed, Stored } from './new-signal.js';
import { type Client, type Pool, transaction } from './pool.js';
import { cancelWaiting, toldOf } from './told.js';

/**
 * Replaces a known signal by a later version of itself: the old one moves to the revision log, and whoever is owed
 * the new one and was not yet told at its class gets a delivery.
 */
export function revise(pool: Pool, item: NewSignal, signalId: string): Promise<Stored> {
  return transaction(pool, async (client) => {
    const now = await lock(client, signalId);
    // Another request may have brought the same version, or a later one, while we waited for the row.
    if (item.signal.version <= now.version) {
      return { type: 'duplicate', signalId, revision: now.revision, owed: [], fanOut: false };
    }
    await archive(client, signalId);
    await replace(client, item, signalId);
    const revision = now.revision + 1;
    const owed = await owe(client, item, signalId, revision);
    return { type: 'revised', signalId, revision, owed, fanOut: item.fanOut };
  });
}

async function lock(client: Client, signalId: string): Promise<{ version: number; revision: number }> {
  const { rows } = await client.query<{ version: number; revision: number }>(
    'select version::float8 as version, revision from signals where id = $1 for update',
    [signalId],
  );
  return rows[0] as { version: number; revision: number };
}

async function archive(client: Client, signalId: string): Promise<void> {
  await client.query(
    `insert into signal_revisions (signal_id, revision, version, event_type, severity, summary, description,
       started_at, resolved_at, raw, correlation_id, trace_parent, recorded_at)
     select id, revision, version, event_type, severity, summary, description, started_at, resolved_at, raw,
       correlation_id, trace_parent, updated_at
     from signals where id = $1`,
    [signalId],
  );
}

async function replace(client: Client, item: NewSignal, signalId: string): Promise<void> {
  const { signal, correlationId, traceParent, suppressedBy } = item;
  await client.query(
    `update signals set revision = revision + 1, version = $2, event_type = $3, severity = $4, summary = $5,
       description = $6, started_at = $7, resolved_at = $8, raw = $9, correlation_id = $10,
       suppressed_by = coalesce($11::uuid, case when $8::timestamptz is not null then suppressed_by end),
       test_mode = $12, trace_parent = $13, updated_at = now()
     where id = $1`,
    [
      signalId,
      signal.version,
      signal.eventType,
      signal.severity,
      signal.summary,
      signal.description,
      signal.startedAt,
      signal.resolvedAt,
      signal.raw,
      correlationId,
      suppressedBy,
      signal.testMode,
      traceParent,
    ],
  );
}

async function owe(client: Client, item: NewSignal, signalId: string, revision: number): Promise<Owed[]> {
  const told = await toldOf(client, signalId, null);
  const { targets, untold } = routeRevision(item.signal, item.routed, told);
  await cancelWaiting(client, signalId, revision, targets);
  await client.query(insertDecisions('$1'), [JSON.stringify(decisionRows(untold, signalId, revision))]);
  await client.query(insertFanOuts('$1'), [JSON.stringify(fanOutRow(item, signalId, revision))]);
  const { maxAttempts, correlationId } = item;
  const rows = targets.map((target) => deliveryRow(target, { signalId, revision, maxAttempts }));
  return addDeliveries(client, rows, () => correlationId);
}

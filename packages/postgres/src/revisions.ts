import { routeRevision, type Told } from '@signalbox/domain';
import { deliveriesOf, type NewSignal, type Stored } from './new-signal.js';
import { type Client, type Pool, transaction } from './pool.js';

/**
 * Replaces a known signal by a later version of itself: the old one moves to the revision log, and whoever is owed
 * the new one and was not yet told at its class gets a delivery.
 */
export function revise(pool: Pool, item: NewSignal, signalId: string): Promise<Stored> {
  return transaction(pool, async (client) => {
    const now = await lock(client, signalId);
    // Another request may have brought the same version, or a later one, while we waited for the row.
    if (item.signal.version <= now.version) {
      return { type: 'duplicate', signalId, revision: now.revision, owed: [] };
    }
    await archive(client, signalId);
    await replace(client, item, signalId);
    const revision = now.revision + 1;
    return { type: 'revised', signalId, revision, owed: await owe(client, item, signalId, revision) };
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
       started_at, resolved_at, raw, correlation_id, recorded_at)
     select id, revision, version, event_type, severity, summary, description, started_at, resolved_at, raw,
       correlation_id, updated_at
     from signals where id = $1`,
    [signalId],
  );
}

async function replace(client: Client, item: NewSignal, signalId: string): Promise<void> {
  const { signal, correlationId, suppressedBy } = item;
  await client.query(
    `update signals set revision = revision + 1, version = $2, event_type = $3, severity = $4, summary = $5,
       description = $6, started_at = $7, resolved_at = $8, raw = $9, correlation_id = $10, suppressed_by = coalesce($11::uuid, case when $8::timestamptz is not null then suppressed_by end), updated_at = now()
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
    ],
  );
}

async function owe(client: Client, item: NewSignal, signalId: string, revision: number) {
  const targets = routeRevision(item.signal, item.targets, await toldSince(client, signalId));
  const rows = deliveriesOf({ ...item, id: signalId, targets });
  const inserted = await client.query<{ id: string; channel: string }>(
    `insert into deliveries (id, signal_id, revision, channel, target, target_user_id, max_attempts)
     select row.id, $1, $2, row.channel, row.target, row.target_user_id, row.max_attempts
     from json_to_recordset($3::json) as row (
       id uuid, channel text, target text, target_user_id uuid, max_attempts int
     )
     returning id, channel`,
    [signalId, revision, JSON.stringify(rows)],
  );
  return inserted.rows.map((row) => ({ ...row, correlationId: item.correlationId }));
}

/** What was promised since the signal was last over. What has failed for good told nobody. */
async function toldSince(client: Client, signalId: string): Promise<Told[]> {
  const { rows } = await client.query<Told>(
    `select d.channel, d.target, d.target_user_id as "userId", r.severity
     from deliveries d join signal_revisions r on r.signal_id = d.signal_id and r.revision = d.revision
     where d.signal_id = $1 and d.status in ('pending', 'delivered', 'held')
       and d.revision > (
         select coalesce(max(revision), 0) from signal_revisions where signal_id = $1 and resolved_at is not null
       )`,
    [signalId],
  );
  return rows;
}

import { type Fallback, newId, type SkipReason, type Target, type Untold } from '@signalbox/domain';
import type { Owed } from './new-signal.js';
import type { Client } from './pool.js';

/** A delivery as the SQL of this package takes it in. What is null is left out: it would only cost. */
export interface DeliveryRow {
  id: string;
  signal_id: string;
  revision: number;
  channel: string;
  target: string;
  target_user_id?: string;
  address?: string;
  not_before?: Date;
  fallback?: Fallback;
  fallback_of?: string;
  /** Why it is not sent at all. */
  skipped?: SkipReason;
  max_attempts: number;
}

/** What a target of a signal's revision is owed. */
export function deliveryRow(
  target: Target,
  { signalId, revision, maxAttempts }: { signalId: string; revision: number; maxAttempts: number },
): DeliveryRow {
  const { channel, userId, address, notBefore, fallback, skipped } = target;
  return {
    id: newId(),
    signal_id: signalId,
    revision,
    channel,
    target: target.target,
    ...(userId !== null && { target_user_id: userId }),
    ...(address !== null && { address }),
    ...(notBefore !== null && { not_before: notBefore }),
    ...(fallback !== null && { fallback }),
    ...(skipped !== null && { skipped }),
    max_attempts: target.maxAttempts ?? maxAttempts,
  };
}

/**
 * The statement that writes rows of {@link DeliveryRow}.
 * @param parameter their JSON, such as `$1`
 * @param join a condition on which of them are written, as a join
 */
export function insertDeliveries(parameter: string, join = ''): string {
  return `
    insert into deliveries (id, signal_id, revision, channel, target, target_user_id, address, not_before,
      next_attempt_at, fallback, fallback_at, fallback_of, max_attempts, status, last_error, completed_at)
    select row.id, row.signal_id, row.revision, row.channel, row.target, row.target_user_id, row.address, row.not_before,
      coalesce(row.not_before, now()), row.fallback,
      now() + (row.fallback ->> 'afterMs')::float8 * interval '1 millisecond', row.fallback_of, row.max_attempts,
      case when row.skipped is null then 'pending' else 'skipped' end, row.skipped,
      case when row.skipped is not null then now() end
    from json_to_recordset(${parameter}::json) as row (
      id uuid, signal_id uuid, revision int, channel text, target text, target_user_id uuid, address text,
      not_before timestamptz, fallback jsonb, fallback_of uuid, max_attempts int,
      skipped text
    ) ${join}`;
}

/** Writes deliveries; what a target is owed already is left as it is. Answers with those that are new. */
export async function addDeliveries(
  client: Client,
  rows: readonly DeliveryRow[],
  correlationId: (row: DeliveryRow) => string,
): Promise<Owed[]> {
  if (rows.length === 0) return [];
  const { rows: added } = await client.query<{ id: string }>({
    name: 'add-deliveries',
    text: `${insertDeliveries('$1')} on conflict do nothing returning id`,
    values: [JSON.stringify(rows)],
  });
  const isNew = new Set(added.map(({ id }) => id));
  return rows.filter(({ id }) => isNew.has(id)).flatMap((row) => toOwed(row, correlationId(row)));
}

/** A delivery as those who give it a job need to know it; nothing where it is not sent. */
export function toOwed(row: DeliveryRow, correlationId: string): Owed[] {
  if (row.skipped) return [];
  const { id, channel, not_before, max_attempts } = row;
  return [{ id, channel, correlationId, notBefore: not_before ?? null, attempts: max_attempts }];
}

/** A user who was not told, as the SQL of this package takes it in. */
export function decisionRows(untold: readonly Untold[], signalId: string, revision: number) {
  return untold.map(({ userId, reason }) => ({ signal_id: signalId, revision, user_id: userId, reason }));
}

/** The statement that writes what {@link decisionRows} makes; parameters as for {@link insertDeliveries}. */
export function insertDecisions(parameter: string, join = ''): string {
  return `
    insert into decisions (signal_id, revision, user_id, reason)
    select row.signal_id, row.revision, row.user_id, row.reason
    from json_to_recordset(${parameter}::json) as row (signal_id uuid, revision int, user_id uuid, reason text) ${join}`;
}

import type { DeliveryStatus } from '@signalbox/domain';
import { allOf, madeBetween } from './conditions.js';
import { type DeliveryFilter, matching } from './delivery-filter.js';
import type { Db, Pool } from './pool.js';

/** A delivery as the API shows it. */
export interface DeliveryRow {
  id: string;
  signal_id: string;
  revision: number;
  channel: string;
  target: string;
  target_user_id: string | null;
  /** Where a webhook goes; null on every other channel. */
  subscription_id: string | null;
  status: DeliveryStatus;
  attempts_made: number;
  max_attempts: number;
  next_attempt_at: Date | null;
  /** It was not to be sent before. */
  not_before: Date | null;
  created_at: Date;
  completed_at: Date | null;
  last_error: string | null;
  /** The delivery that did not arrive, or not in time, and made this one necessary. */
  fallback_of: string | null;
}

const columns = `
  d.id, d.signal_id, d.revision, d.channel, d.target, d.target_user_id,
  case when d.channel = 'webhook' then d.target end as subscription_id, d.status, d.attempts_made, d.max_attempts,
  case when d.status = 'pending' then d.next_attempt_at end as next_attempt_at, d.not_before, d.created_at,
  d.completed_at, d.last_error, d.fallback_of`;

/** The newest deliveries that pass; `before` is the id the page before ended with. */
export async function newestDeliveries(
  pool: Pool,
  filter: DeliveryFilter,
  limit: number,
  before: string | null,
): Promise<DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>(
    matching(columns, filter, { order: 'desc', beyond: before, limit }),
  );
  return rows;
}

/** The newest deliveries of a signal that pass; `before` is the id the page before ended with. */
export async function deliveriesOfSignal(
  pool: Pool,
  signalId: string,
  limit: number,
  before: string | null,
  { statuses, since, until }: Pick<DeliveryFilter, 'statuses' | 'since' | 'until'> = {},
): Promise<DeliveryRow[]> {
  const values: unknown[] = [signalId, limit, statuses ?? null];
  const inRange = allOf(
    [['d.id <', before ?? undefined], ...madeBetween('d.created_at', since, until)],
    values,
  );
  const { rows } = await pool.query<DeliveryRow>(
    `select ${columns} from deliveries d
     where d.signal_id = $1 and ($3::text[] is null or d.status = any($3)) and ${inRange}
     order by d.id desc limit $2`,
    values,
  );
  return rows;
}

/** One delivery; null where there is none. */
export async function findDelivery(db: Db, id: string): Promise<DeliveryRow | null> {
  const { rows } = await db.query<DeliveryRow>(`select ${columns} from deliveries d where d.id = $1`, [id]);
  return rows[0] ?? null;
}

import type { Pool } from './pool.js';

/** A delivery as the API shows it. */
export interface DeliveryRow {
  id: string;
  signal_id: string;
  revision: number;
  channel: string;
  target: string;
  target_user_id: string | null;
  status: string;
  attempts_made: number;
  max_attempts: number;
  next_attempt_at: Date | null;
  created_at: Date;
  completed_at: Date | null;
  last_error: string | null;
}

const deliveryColumns = `
  id, signal_id, revision, channel, target, target_user_id, status, attempts_made, max_attempts,
  case when status = 'pending' then next_attempt_at end as next_attempt_at, created_at, completed_at, last_error`;

/** The deliveries of a signal, newest first; `before` is the id the page before ended with. */
export async function deliveriesOfSignal(
  pool: Pool,
  signalId: string,
  limit: number,
  before: string | null,
): Promise<DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>(
    `select ${deliveryColumns} from deliveries
     where signal_id = $1 and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     order by id desc limit $3`,
    [signalId, before, limit],
  );
  return rows;
}

/** One delivery; null where there is none. */
export async function findDelivery(pool: Pool, id: string): Promise<DeliveryRow | null> {
  const { rows } = await pool.query<DeliveryRow>(`select ${deliveryColumns} from deliveries where id = $1`, [
    id,
  ]);
  return rows[0] ?? null;
}

/** An attempt as the API shows it. */
export interface AttemptRow {
  attempt: number;
  attempted_at: Date;
  outcome: string;
  status_code: number | null;
  error: string | null;
  duration_ms: number;
  target_url: string;
  response_excerpt: string | null;
}

/** All attempts of a delivery, first to last; those past the retention are gone. */
export async function attemptsOf(pool: Pool, deliveryId: string): Promise<AttemptRow[]> {
  const { rows } = await pool.query<AttemptRow>(
    `select attempt, attempted_at, outcome, status_code, error, duration_ms, target_url, response_excerpt
     from attempts where delivery_id = $1 order by attempt`,
    [deliveryId],
  );
  return rows;
}

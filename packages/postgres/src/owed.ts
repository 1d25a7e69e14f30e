import type { Pool } from './pool.js';

/** A delivery that is owed, as the sweep looks at it. */
export interface OwedDelivery {
  id: string;
  channel: string;
  correlationId: string;
  /** In line, and nobody has taken it yet. */
  untouched: boolean;
  attemptsLeft: number;
  /** ms until it is due; 0 when it is. */
  dueInMs: number;
}

const columns = `
  d.id, d.channel, s.correlation_id as "correlationId", d.max_attempts - d.attempts_made as "attemptsLeft",
  d.next_attempt_at <= d.queued_at as untouched,
  greatest(0, extract(epoch from d.next_attempt_at - now()) * 1000)::float8 as "dueInMs"`;

/** All that is owed, oldest first, in pages: `after` is the id the page before ended with. */
export function owedPage(
  pool: Pool,
  channel: string,
  after: string | null,
  limit: number,
): Promise<OwedDelivery[]> {
  return select(pool, 'true', [channel, after, limit]);
}

/** Deliveries that have stood in line for over `waitedMs` and that no worker has taken, oldest first. */
export function passedOver(
  pool: Pool,
  channel: string,
  waitedMs: number,
  limit: number,
): Promise<OwedDelivery[]> {
  const condition = `d.next_attempt_at <= d.queued_at and d.queued_at < now() - $4::float8 * interval '1 millisecond'`;
  return select(pool, condition, [channel, null, limit, waitedMs]);
}

/** Deliveries due since at least `graceMs` whose lease has run out or whose retry has not come, in pages. */
export function overdue(
  pool: Pool,
  channel: string,
  graceMs: number,
  after: string | null,
  limit: number,
): Promise<OwedDelivery[]> {
  const condition = `d.next_attempt_at > d.queued_at
    and d.next_attempt_at < now() - $4::float8 * interval '1 millisecond'`;
  return select(pool, condition, [channel, after, limit, graceMs]);
}

/** @param values channel, the id to go on after, the limit, and what the condition asks for */
async function select(pool: Pool, condition: string, values: unknown[]): Promise<OwedDelivery[]> {
  // The index's key is compared as a whole: asked for equality, Postgres may walk through all deliveries by id instead.
  const { rows } = await pool.query<OwedDelivery>(
    `select ${columns} from deliveries d join signals s on s.id = d.signal_id
     where (d.channel, d.status, d.id) > ($1, 'pending', coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
       and (d.channel, d.status, d.id) < ($1, 'pending', 'ffffffff-ffff-ffff-ffff-ffffffffffff') and ${condition}
     order by d.channel, d.status, d.id limit $3`,
    values,
  );
  return rows;
}

/** Notes that these deliveries were put in line again. */
export async function markQueued(pool: Pool, ids: readonly string[]): Promise<void> {
  await pool.query(
    `update deliveries set queued_at = now(), next_attempt_at = now()
     where id = any($1) and status = 'pending' and next_attempt_at <= queued_at`,
    [ids],
  );
}

import type { DeliveryStatus } from '@signalbox/domain';
import { type DeliveryFilter, matching } from './delivery-filter.js';
import type { Db, Pool } from './pool.js';

/** A delivery that has one more attempt and wants a job. */
export interface Replayed {
  id: string;
  channel: string;
  correlationId: string;
  dueAt: Date;
}

/** What a delivery can be replayed from: everything but `pending` and `held`, which have their attempts before them. */
export const endedStatuses = [
  'delivered',
  'failed',
  'refused',
  'skipped',
  'canceled',
] as const satisfies DeliveryStatus[];

// A user's next channel is still due where this one had failed; in any other case it was not wanted.
const reopening = `
  status = 'pending', max_attempts = attempts_made + 1, completed_at = null, last_error = null, queued_at = now(),
  not_before = null, fallback_at = case when status in ('failed', 'refused') then fallback_at end`;

/** Gives a delivery that had ended without success one more attempt, due now; false if it had not ended so. */
export async function reopen(pool: Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update deliveries set ${reopening}, next_attempt_at = now()
     where id = $1 and status in ('failed', 'refused')`,
    [id],
  );
  return rowCount === 1;
}

/** Gives a delivery that has ended one more attempt, due now; null where there is none that has. */
export async function replay(db: Db, id: string): Promise<Replayed | null> {
  const { rows } = await db.query<Replayed>(
    `update deliveries d set ${reopening}, next_attempt_at = now()
     where id = $1 and status = any($2)
     returning id, channel, next_attempt_at as "dueAt",
       (select correlation_id from signals s where s.id = d.signal_id) as "correlationId"`,
    [id, endedStatuses],
  );
  return rows[0] ?? null;
}

/** The ids of the deliveries that pass, oldest first; `after` is the id the part before ended with. */
export async function matchingDeliveries(
  pool: Pool,
  filter: DeliveryFilter,
  limit: number,
  after: string | null,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    matching('d.id', filter, { order: 'asc', beyond: after, limit }),
  );
  return rows.map(({ id }) => id);
}

/**
 * Gives those of these deliveries that have ended one more attempt, each due `gapMs` after the one before, and the
 * first after all that were replayed so before: however many calls there are, they share one pace.
 */
export async function replayMany(db: Db, ids: readonly string[], gapMs: number): Promise<Replayed[]> {
  const { rows } = await db.query<Replayed>(replayManySql, [ids, endedStatuses, gapMs]);
  return rows;
}

// What another transaction holds is being changed there, and left alone: so nobody waits in a circle.
const replayManySql = `
  with ended as materialized (
    select id from deliveries where id = any($1::uuid[]) and status = any($2) for update skip locked
  ), paced as (
    update replay_pace
    set free_at = greatest(free_at, now())
      + (select count(*) from ended) * $3::float8 * interval '1 millisecond'
    returning free_at
  ), turns as (
    select id, count(*) over () - row_number() over (order by id) as behind from ended
  ), reopened as (
    update deliveries d set ${reopening},
      next_attempt_at = (select free_at from paced) - turns.behind * $3::float8 * interval '1 millisecond'
    from turns where d.id = turns.id
    returning d.id, d.channel, d.signal_id, d.next_attempt_at
  )
  select id, channel,
    (select correlation_id from signals s where s.id = r.signal_id) as "correlationId", next_attempt_at as "dueAt"
  from reopened r order by id`;

import type { DeliveryStatus, UntoldReason } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** What was decided about one user when one revision of a signal came in, and what became of it. */
export interface DecisionRow {
  user_id: string;
  /** null: there is no such user any more. */
  name: string | null;
  revision: number;
  /** Why the user was not told; null: the user was. */
  reason: UntoldReason | null;
  /** One per channel that was tried, the first choice first; empty for who was not told. */
  deliveries: DecidedDelivery[];
}

export interface DecidedDelivery {
  delivery_id: string;
  channel: string;
  status: DeliveryStatus;
  /** ISO 8601; null where it did not have to wait. */
  not_before: string | null;
  completed_at: string | null;
  last_error: string | null;
  /** The delivery that did not arrive, or not in time, before this one was tried. */
  fallback_of: string | null;
}

/** Where a list of decisions goes on. */
export interface DecisionCursor {
  revision: number;
  userId: string;
}

/** The decisions about a signal, those of its latest revision first; `after` is where the page before ended. */
export async function decisionsOf(
  pool: Pool,
  signalId: string,
  limit: number,
  after: DecisionCursor | null,
): Promise<DecisionRow[]> {
  const { rows } = await pool.query<DecisionRow>(
    `with decided as (
       select user_id, revision, reason from decisions where signal_id = $1
       union all
       select distinct target_user_id, revision, null from deliveries
       where signal_id = $1 and target_user_id is not null
     ), page as (
       select * from decided
       where $3::int is null or revision < $3 or (revision = $3 and user_id > $4::uuid)
       order by revision desc, user_id limit $2
     )
     select page.user_id, u.name, page.revision, page.reason, coalesce(d.list, '[]') as deliveries
     from page
     left join users u on u.id = page.user_id
     left join lateral (
       select json_agg(json_build_object('delivery_id', id, 'channel', channel, 'status', status,
         'not_before', not_before, 'completed_at', completed_at, 'last_error', last_error, 'fallback_of', fallback_of)
         order by id) as list
       from deliveries
       where signal_id = $1 and revision = page.revision and target_user_id = page.user_id and page.reason is null
     ) d on true
     order by page.revision desc, page.user_id`,
    [signalId, limit, after?.revision ?? null, after?.userId ?? null],
  );
  return rows;
}

/** How far the telling of a signal has come. */
export interface Tally {
  /** Deliveries by status. */
  deliveries: Record<string, number>;
  /** Users who were not told, by reason. */
  not_told: Record<string, number>;
  /** Deliveries are still being written. */
  fanning_out: boolean;
}

/** Counts what became of all revisions of a signal. */
export async function tallyOf(pool: Pool, signalId: string): Promise<Tally> {
  const { rows } = await pool.query<Tally>(
    `select
       (select coalesce(json_object_agg(status, n), '{}')
        from (select status, count(*)::int as n from deliveries where signal_id = $1 group by status) s) as deliveries,
       (select coalesce(json_object_agg(reason, n), '{}')
        from (select reason, count(*)::int as n from decisions where signal_id = $1 group by reason) r) as not_told,
       exists (select from fan_outs where signal_id = $1) as fanning_out`,
    [signalId],
  );
  return rows[0] as Tally;
}

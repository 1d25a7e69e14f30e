import type { AttemptOutcome, DeliveryStatus, Reason } from '@signalbox/domain';
import { durationBucket } from './duration-buckets.js';
import type { Pool } from './pool.js';

/** One attempt and where it leaves its delivery. */
export interface AttemptRecord {
  deliveryId: string;
  attempt: number;
  attemptedAt: Date;
  outcome: AttemptOutcome;
  statusCode: number | null;
  error: Reason | null;
  /** ms */
  durationMs: number;
  targetUrl: string;
  responseExcerpt: string | null;
  status: DeliveryStatus;
  /** ms until the next attempt; null when there is none. */
  delayMs: number | null;
}

/**
 * Records attempts and moves their deliveries on, in one transaction; those for subscriptions are counted as well. An
 * attempt is recorded once: the number it carries must be the next one, so a worker that comes late (paused past its
 * lease) is told false and changes nothing. A delivery that was canceled or held while it was sent stays so, unless it
 * arrived.
 */
export async function recordAttempts(pool: Pool, records: readonly AttemptRecord[]): Promise<boolean[]> {
  // In one order everywhere, so that two batches never wait for each other in a circle.
  const rows = records.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1)).map(toRow);
  // Without a name: a plan that was kept from when the table was small would read all of it for every batch.
  const { rows: recorded } = await pool.query<{ delivery_id: string }>({
    text: recordSql,
    values: [JSON.stringify(rows)],
  });
  const done = new Set(recorded.map((row) => row.delivery_id));
  return records.map(({ deliveryId }) => done.has(deliveryId));
}

const movesOn = `(d.status = 'pending' or r.status = 'delivered')`;

// Each batch locks its deliveries first, then its counts, each in one order: no two batches wait in a circle.
const recordSql = `
  with result as (
    select * from json_to_recordset($1::json) as row (
      delivery_id uuid, attempt int, attempted_at timestamptz, outcome text, status_code int, error text,
      duration_ms int, bucket int, target_url text, response_excerpt text, status text, delay_ms float8
    )
  ), moved as (
    update deliveries d set
      attempts_made = r.attempt,
      status = case when ${movesOn} then r.status else d.status end,
      last_error = case when ${movesOn} then r.error else d.last_error end,
      next_attempt_at = coalesce(now() + r.delay_ms * interval '1 millisecond', d.next_attempt_at),
      completed_at = case when not ${movesOn} then d.completed_at when r.status <> 'pending' then now() end,
      -- The user's next channel is due at once.
      fallback_at = case when r.status in ('failed', 'refused') and d.fallback is not null then now()
        else d.fallback_at end
    from result r
    -- Asked for the statuses it may have, Postgres may read all that wait to find these few by their ids.
    where d.id = r.delivery_id and d.attempts_made = r.attempt - 1
      and d.status not in ('delivered', 'failed', 'refused', 'skipped')
    returning d.id, d.signal_id, case when d.channel = 'webhook' then d.target::uuid end as subscription_id
  ), counted as (
    insert into attempt_counts as c (subscription_id, minute, outcome, bucket, count)
    select subscription_id, date_trunc('minute', attempted_at), coalesce(error, 'success'), bucket, count(*)
    from result join moved on moved.id = result.delivery_id
    where subscription_id is not null
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (subscription_id, minute, outcome, bucket) do update set count = c.count + excluded.count
  )
  insert into attempts (delivery_id, signal_id, subscription_id, attempt, attempted_at, outcome, status_code, error,
    duration_ms, target_url, response_excerpt)
  select delivery_id, signal_id, subscription_id, attempt, attempted_at, outcome, status_code, error, duration_ms,
    target_url, response_excerpt
  from result join moved on moved.id = result.delivery_id
  returning delivery_id`;

function toRow(record: AttemptRecord) {
  return {
    delivery_id: record.deliveryId,
    attempt: record.attempt,
    attempted_at: record.attemptedAt,
    outcome: record.outcome,
    status_code: record.statusCode,
    error: record.error,
    duration_ms: Math.round(record.durationMs),
    bucket: durationBucket(record.durationMs),
    target_url: record.targetUrl,
    response_excerpt: record.responseExcerpt,
    status: record.status,
    delay_ms: record.delayMs,
  };
}

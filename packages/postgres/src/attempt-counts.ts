import type { Pool } from './pool.js';

/** Whose attempts are asked for: those for one subscription, or for all that a partner has now. */
export type Receiver = { subscriptionId: string } | { partnerId: string };

/** How many attempts of one stretch of time had one outcome and took about as long. */
export interface AttemptCount {
  /** When the stretch began. */
  at: Date;
  /** `success`, or the reason it was none. */
  outcome: string;
  /** Of `durationBucket`. */
  bucket: number;
  count: number;
}

/** The time that is asked about, in stretches that begin at multiples of `stepMs` since 1970. */
export interface Window {
  /** The beginning of a stretch. */
  since: Date;
  until: Date;
  stepMs: number;
}

/** Whether there is such a subscription or partner. */
export async function isKnown(pool: Pool, receiver: Receiver): Promise<boolean> {
  const table = 'partnerId' in receiver ? 'partners' : 'subscriptions';
  const { rowCount } = await pool.query(`select from ${table} where id = $1`, [idOf(receiver)]);
  return rowCount === 1;
}

/** Counts of the attempts from `since` to `until`. Of what is older than three days only the hour is known. */
export async function attemptCounts(
  pool: Pool,
  receiver: Receiver,
  { since, until, stepMs }: Window,
): Promise<AttemptCount[]> {
  const ids =
    'partnerId' in receiver ? 'select id from subscriptions where partner_id = $1' : 'select $1::uuid';
  const { rows } = await pool.query<AttemptCount>(
    `select date_bin($4::float8 * interval '1 millisecond', began, '1970-01-01Z') as at, outcome, bucket,
       sum(count)::int as count
     from (
       select minute as began, outcome, bucket, count from attempt_counts
       where subscription_id = any(array(${ids})) and minute between $2 and $3
       union all
       select hour, outcome, bucket, count from attempt_counts_hourly
       where subscription_id = any(array(${ids})) and hour between $2 and $3
     ) as counted
     group by 1, 2, 3`,
    [idOf(receiver), since, until, stepMs],
  );
  return rows;
}

function idOf(receiver: Receiver): string {
  return 'partnerId' in receiver ? receiver.partnerId : receiver.subscriptionId;
}

const hourMs = 60 * 60 * 1000;
/** For so long attempts are counted by the minute, then by the hour. Unit: ms. */
const minutesKeptMs = 72 * hourMs;
/** For so long attempts are counted at all. Unit: ms. */
const hoursKeptMs = 30 * 24 * hourMs;
/** Rows per transaction. */
const batch = 10_000;

/** Adds up the minutes of hours long past, and forgets what is older than 30 days. */
export async function tidyAttemptCounts(pool: Pool, now: Date): Promise<void> {
  const lastHour = Math.floor((now.getTime() - minutesKeptMs) / hourMs) * hourMs;
  await untilNoneIsLeft(pool, foldSql, new Date(lastHour));
  await untilNoneIsLeft(pool, forgetSql, new Date(now.getTime() - hoursKeptMs));
}

/** Repeats a statement that takes at most `batch` rows at once and returns how many they were. */
async function untilNoneIsLeft(pool: Pool, text: string, before: Date): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ taken: number }>(text, [before, batch]);
    if ((rows[0]?.taken ?? 0) < batch) return;
  }
}

// One transaction, so that nobody ever sees a count twice or not at all.
const foldSql = `
  with taken as (
    delete from attempt_counts
    where ctid = any(array(select ctid from attempt_counts where minute < $1 limit $2))
    returning *
  ), folded as (
    insert into attempt_counts_hourly as h (subscription_id, hour, outcome, bucket, count)
    select subscription_id, date_bin('1 hour', minute, '1970-01-01Z'), outcome, bucket, sum(count)
    from taken group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (subscription_id, hour, outcome, bucket) do update set count = h.count + excluded.count
  )
  select count(*)::int as taken from taken`;

const forgetSql = `
  with taken as (
    delete from attempt_counts_hourly
    where ctid = any(array(select ctid from attempt_counts_hourly where hour < $1 limit $2))
    returning 1
  )
  select count(*)::int as taken from taken`;

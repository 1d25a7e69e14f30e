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

// Looked up for each: a join might be planned as a walk through all signals.
const columns = `
  d.id, d.channel, (select s.correlation_id from signals s where s.id = d.signal_id) as "correlationId",
  d.max_attempts - d.attempts_made as "attemptsLeft", d.next_attempt_at <= d.queued_at as untouched,
  greatest(0, extract(epoch from d.next_attempt_at - now()) * 1000)::float8 as "dueInMs"`;

// The index's key is compared as a whole: asked for equality, Postgres may walk through all deliveries by id instead.
const pendingBetween = (after: string, upTo: string) => `
  (d.channel, d.status, d.id) > ($1, 'pending', coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000'))
  and (d.channel, d.status, d.id) < ($1, 'pending', coalesce(${upTo}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))`;

/**
 * What is owed but for those that were put in line since `since` (ms since 1970 by the clock of Postgres), oldest first,
 * in pages: `after` is the id the page before ended with.
 */
export async function owedPage(
  pool: Pool,
  channel: string,
  since: number,
  after: string | null,
  limit: number,
): Promise<OwedDelivery[]> {
  const { rows } = await pool.query<OwedDelivery>(
    `select ${columns} from deliveries d
     where ${pendingBetween('$2', 'null')}
       and (d.next_attempt_at > d.queued_at or d.queued_at < to_timestamp($4::float8 / 1000))
     order by d.channel, d.status, d.id limit $3`,
    [channel, after, limit, since],
  );
  return rows;
}

/** The time by the clock of Postgres. Unit: ms since 1970. */
export async function databaseTime(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ now: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
  );
  return rows[0]?.now as number;
}

/** Where to look for deliveries whose jobs are lost. */
export interface Stretch {
  /** The id the stretch before ended with; null: from the oldest on. */
  after: string | null;
  /** Not those made later, which cannot have had their turn. */
  madeBefore: Date | null;
  /** At most so many are looked at. */
  limit: number;
}

/** How late a delivery is when something must have happened to its job. Unit: ms. */
export interface Lateness {
  /** In line, without anybody having taken it. */
  inLineMs: number;
  /** After its lease has run out, or its retry has become due. */
  dueMs: number;
}

/**
 * Looks at a stretch of what is owed, oldest first.
 * @returns the deliveries that are late, and the id the stretch ended with; null when nothing was left to look at
 */
export async function lateIn(
  pool: Pool,
  channel: string,
  { after, madeBefore, limit }: Stretch,
  { inLineMs, dueMs }: Lateness,
): Promise<{ late: OwedDelivery[]; last: string | null }> {
  const { rows } = await pool.query<OwedDelivery & { late: boolean }>(lateSql, [
    channel,
    after,
    madeBefore && lastIdAt(madeBefore),
    limit,
    inLineMs,
    dueMs,
  ]);
  return { late: rows.filter(({ late }) => late), last: rows.at(-1)?.id ?? null };
}

// The last of the stretch comes along in any case, to tell where it ended.
const lateSql = `
  with stretch as materialized (
    select d.id, d.channel, d.signal_id, d.max_attempts, d.attempts_made, d.queued_at, d.next_attempt_at,
      case when d.next_attempt_at <= d.queued_at then d.queued_at < now() - $5::float8 * interval '1 millisecond'
        else d.next_attempt_at < now() - $6::float8 * interval '1 millisecond' end as late
    from deliveries d where ${pendingBetween('$2', '$3')}
    order by d.channel, d.status, d.id limit $4
  )
  select ${columns}, d.late from stretch d
  where d.late or d.id = (select id from stretch order by id desc limit 1)
  order by d.id`;

/** The last UUIDv7 of a millisecond. Source: RFC 9562, section 5.7. */
function lastIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-ffff-ffff-ffffffffffff`;
}

/** Notes that these deliveries were put in line again. */
export async function markQueued(pool: Pool, ids: readonly string[]): Promise<void> {
  await pool.query(
    `update deliveries set queued_at = now(), next_attempt_at = now()
     where id = any($1) and status = 'pending' and next_attempt_at <= queued_at`,
    [ids],
  );
}

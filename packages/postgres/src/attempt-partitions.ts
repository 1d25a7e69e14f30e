import type pg from 'pg';

const dayMs = 24 * 60 * 60 * 1000;
const daysAhead = 3;
/** Rows per transaction. */
const batch = 10_000;

type Queryable = Pick<pg.Pool, 'query'>;

/** Makes the partitions of today (UTC) and the next three days. May run any number of times, anywhere at once. */
export async function ensureAttemptPartitions(db: Queryable, now: Date): Promise<void> {
  for (let day = 0; day <= daysAhead; day += 1)
    await db.query(partitionSql(new Date(now.getTime() + day * dayMs)));
}

/**
 * What was written before the day had its partition stands in the default one, which would keep the day from ever
 * having its own: it moves. Nobody waits long for the locks this takes; if they are not to be had, the next round tries.
 */
function partitionSql(from: Date): string {
  const name = partitionName(from);
  const to = new Date(from.getTime() + dayMs);
  const [first, end] = [from, to].map((day) => `timestamptz '${isoDay(day)} 00:00:00+00'`);
  return `do $$ begin
    if to_regclass('${name}') is not null then return; end if;
    set local lock_timeout = '2s';
    lock table attempts_rest in access exclusive mode;
    if to_regclass('${name}') is not null then return; end if;
    create table ${name} (like attempts including defaults including constraints);
    with early as (
      delete from attempts_rest where attempted_at >= ${first} and attempted_at < ${end} returning *
    )
    insert into ${name} select * from early;
    alter table attempts attach partition ${name} for values from (${first}) to (${end});
  end $$`;
}

/**
 * Drops the partitions whose last moment is before `before`, and removes what is older than that from the default
 * partition; answers with the names of those dropped.
 */
export async function dropAttemptPartitions(db: Queryable, before: Date): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'attempts'::regclass`,
  );
  const lastKept = partitionName(before);
  const old = rows.map(({ name }) => name).filter((name) => /^attempts_\d{8}$/.test(name) && name < lastKept);
  for (const name of old) await db.query(`set local lock_timeout = '2s'; drop table if exists ${name}`);
  await removeStrays(db, before);
  return old;
}

async function removeStrays(db: Queryable, before: Date): Promise<void> {
  for (;;) {
    const { rowCount } = await db.query(
      `delete from attempts_rest
       where ctid = any(array(select ctid from attempts_rest where attempted_at < $1 limit $2))`,
      [before, batch],
    );
    if ((rowCount ?? 0) < batch) return;
  }
}

function partitionName(day: Date): string {
  return `attempts_${isoDay(day).replaceAll('-', '')}`;
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

import type pg from 'pg';

const dayMs = 24 * 60 * 60 * 1000;
const daysAhead = 3;

type Queryable = Pick<pg.Pool, 'query'>;

/** Makes the partitions of today (UTC) and the next three days. May run any number of times, anywhere at once. */
export async function ensureAttemptPartitions(db: Queryable, now: Date): Promise<void> {
  for (let day = 0; day <= daysAhead; day += 1) {
    const from = new Date(now.getTime() + day * dayMs);
    const to = new Date(from.getTime() + dayMs);
    await db.query(
      `create table if not exists ${partitionName(from)} partition of attempts
       for values from ('${isoDay(from)} 00:00:00+00') to ('${isoDay(to)} 00:00:00+00')`,
    );
  }
}

/** Drops the partitions whose last moment is before `before`; answers with their names. */
export async function dropAttemptPartitions(db: Queryable, before: Date): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'attempts'::regclass`,
  );
  const lastKept = partitionName(before);
  const old = rows.map(({ name }) => name).filter((name) => /^attempts_\d{8}$/.test(name) && name < lastKept);
  for (const name of old) await db.query(`drop table if exists ${name}`);
  return old;
}

function partitionName(day: Date): string {
  return `attempts_${isoDay(day).replaceAll('-', '')}`;
}

function isoDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}

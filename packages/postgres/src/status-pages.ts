import type { QueryConfig } from 'pg';
import { type Client, type Db, type Pool, transaction } from './pool.js';

/** A status page and what its last poll found. */
export interface StatusPageRow {
  name: string;
  /** null: the environment says where it is. */
  url: string | null;
  etag: string | null;
  /** Incidents and components seen by the last poll that worked. */
  fetched: number | null;
  polled_at: Date | null;
  last_error: string | null;
  created_at: Date;
}

const columns = 'name, url, etag, fetched, polled_at, last_error, created_at';

/** All pages that were ever polled or added, by name. */
export async function statusPages(pool: Pool): Promise<StatusPageRow[]> {
  const { rows } = await pool.query<StatusPageRow>(`select ${columns} from status_pages order by name`);
  return rows;
}

/** One page that was added; null where there is none. */
export async function findStatusPage(db: Db, name: string): Promise<Pick<StatusPageRow, 'url'> | null> {
  const { rows } = await db.query<{ url: string }>(
    'select url from status_pages where name = $1 and url is not null',
    [name],
  );
  return rows[0] ?? null;
}

/** Adds a page; null when the name is taken. */
export async function addStatusPage(db: Db, name: string, url: string): Promise<StatusPageRow | null> {
  const { rows } = await db.query<StatusPageRow>(
    `insert into status_pages (name, url) values ($1, $2) on conflict do nothing returning ${columns}`,
    [name, url],
  );
  return rows[0] ?? null;
}

/** Forgets a page that was added; its signals stay. False when there is none of that name. */
export async function removeStatusPage(db: Db, name: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from status_pages where name = $1 and url is not null', [name]);
  return rowCount === 1;
}

/** What is kept of a poll. */
export interface PollState {
  etag: string | null;
  fetched: number | null;
  error: string | null;
}

/**
 * Runs `poll` with the state the last one left, and keeps the state it leaves. Only one poll of a page runs at a time:
 * with `wait` the others come after it, without they answer null at once.
 */
export function pollExclusively<T>(
  pool: Pool,
  name: string,
  wait: boolean,
  poll: (last: PollState) => Promise<{ state: PollState; result: T }>,
): Promise<T | null> {
  return transaction(pool, async (client) => {
    if (!(await lock(client, name, wait))) return null;
    const last = await lastState(client, name);
    const { state, result } = await poll(last);
    await client.query(
      `insert into status_pages (name, etag, fetched, last_error, polled_at) values ($1, $2, $3, $4, now())
       on conflict (name) do update
         set etag = excluded.etag, fetched = excluded.fetched, last_error = excluded.last_error, polled_at = now()`,
      [name, state.etag, state.fetched, state.error],
    );
    return result;
  });
}

async function lock(client: Client, name: string, wait: boolean): Promise<boolean> {
  const key = `hashtextextended('status page ' || $1, 0)`;
  if (!wait) {
    const { rows } = await client.query<{ mine: boolean }>(
      `select pg_try_advisory_xact_lock(${key}) as mine`,
      [name],
    );
    return rows[0]?.mine === true;
  }
  // A poll ahead of us may take as long as its page's time limit, and then some.
  await client.query("set local statement_timeout = '30s'");
  const locking: QueryConfig & { query_timeout: number } = {
    text: `select pg_advisory_xact_lock(${key})`,
    values: [name],
    query_timeout: 30_000,
  };
  await client.query(locking);
  return true;
}

async function lastState(client: Client, name: string): Promise<PollState> {
  const { rows } = await client.query<{
    etag: string | null;
    fetched: number | null;
    last_error: string | null;
  }>('select etag, fetched, last_error from status_pages where name = $1', [name]);
  const row = rows[0];
  return { etag: row?.etag ?? null, fetched: row?.fetched ?? null, error: row?.last_error ?? null };
}

/** A signal of a page that is not over. */
export interface OpenSignalRow {
  signalId: string;
  dedupeKey: string;
  version: number;
  eventId: string;
  kind: 'incident' | 'status';
  severity: 'info' | 'warning' | 'critical';
  summary: string;
  description: string | null;
  startedAt: Date;
  raw: Buffer;
  /** The dedupe key of the signal that speaks for it. */
  suppressedBy: string | null;
}

/** More than a page has had in years; what is older does not come back. */
const mostClosed = 5_000;

/** What is over of a source, the newest 5,000: each dedupe key with its version. */
export async function closedVersions(pool: Pool, source: string): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ dedupe_key: string; version: number }>(
    `select dedupe_key, version::float8 as version from signals
     where source = $1 and resolved_at is not null order by id desc limit $2`,
    [source, mostClosed],
  );
  return new Map(rows.map((row) => [row.dedupe_key, row.version]));
}

/** Everything of a source that is not over, oldest first. */
export async function openSignals(pool: Pool, source: string): Promise<OpenSignalRow[]> {
  const { rows } = await pool.query<OpenSignalRow>(
    `select s.id as "signalId", s.dedupe_key as "dedupeKey", s.version::float8 as version, s.event_id as "eventId",
       s.kind, s.severity, s.summary, s.description, s.started_at as "startedAt", s.raw,
       speaker.dedupe_key as "suppressedBy"
     from signals s left join signals speaker on speaker.id = s.suppressed_by
     where s.source = $1 and s.resolved_at is null and s.kind in ('incident', 'status')
     order by s.id`,
    [source],
  );
  return rows;
}

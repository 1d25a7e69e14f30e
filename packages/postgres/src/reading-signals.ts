import type { Reported, Severity } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** A stored signal with what became of it. */
export interface SignalRow extends Reported {
  id: string;
  eventType: string;
  receivedAt: Date;
  revision: number;
  correlationId: string;
  suppressedBy: string | null;
  /** Something was promised to somebody. */
  routed: boolean;
  /** The channels that have delivered it. */
  deliveredTo: string[];
}

const signalColumns = `
  s.id, s.source, s.event_id as "eventId", s.event_type as "eventType", s.kind, s.severity, s.service, s.summary,
  s.description, s.started_at as "startedAt", s.resolved_at as "resolvedAt", s.raw, s.received_at as "receivedAt",
  s.revision, s.correlation_id as "correlationId", s.suppressed_by as "suppressedBy",
  exists (select from deliveries d where d.signal_id = s.id) as routed,
  array(select distinct d.channel from deliveries d where d.signal_id = s.id and d.status = 'delivered' order by 1)
    as "deliveredTo"`;

/** Which signals are wanted; what is not set does not matter. Times are those of receipt. */
export interface SignalFilter {
  source?: string | undefined;
  kind?: string | undefined;
  severity?: string | undefined;
  eventType?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** The newest signals that pass; `before` is the id the page before ended with. */
export async function newestSignals(
  pool: Pool,
  filter: SignalFilter,
  limit: number,
  before: string | null,
): Promise<SignalRow[]> {
  const where = conditions(filter, before);
  const { rows } = await pool.query<SignalRow>(
    `select ${signalColumns} from signals s
     ${where.sql} order by s.id desc limit $${where.values.length + 1}`,
    [...where.values, limit],
  );
  return rows;
}

/** Clocks of the API, which makes ids, and of Postgres, which notes the receipt, may differ by this. Unit: ms. */
const clockSkewMs = 60_000;

function conditions(filter: SignalFilter, before: string | null): { sql: string; values: unknown[] } {
  const { source, kind, severity, eventType, since, until } = filter;
  const wanted: [string, unknown][] = [
    ['s.id <', before ?? undefined],
    ['s.source =', source],
    ['s.kind =', kind],
    ['s.severity =', severity],
    ['s.event_type =', eventType],
    ['s.received_at >=', since],
    ['s.received_at <', until],
    // Ids begin with the time they were made, and they are what the indexes are ordered by.
    ['s.id >=', since && firstIdOf(since.getTime() - clockSkewMs)],
    ['s.id <', until && firstIdOf(until.getTime() + clockSkewMs)],
  ];
  const given = wanted.filter(([, value]) => value !== undefined);
  const sql = given.map(([condition], index) => `${condition} $${index + 1}`).join(' and ');
  return { sql: sql && `where ${sql}`, values: given.map(([, value]) => value) };
}

/** The smallest UUIDv7 of a moment (Unix ms). */
function firstIdOf(ms: number): string {
  const hex = Math.max(0, Math.min(ms, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** One signal; null where there is none. */
export async function findSignal(pool: Pool, id: string): Promise<SignalRow | null> {
  const { rows } = await pool.query<SignalRow>(`select ${signalColumns} from signals s where s.id = $1`, [
    id,
  ]);
  return rows[0] ?? null;
}

/** One state a signal was in. */
export interface RevisionRow {
  revision: number;
  event_type: string;
  severity: Severity;
  summary: string;
  description: string | null;
  started_at: Date;
  resolved_at: Date | null;
  recorded_at: Date;
  correlation_id: string;
  raw: Buffer;
}

const revisionColumns =
  'revision, event_type, severity, summary, description, started_at, resolved_at, correlation_id, raw';

/** All states of a signal, newest first: the one it is in, then those it was in before. */
export async function revisionsOf(
  pool: Pool,
  signalId: string,
  limit: number,
  below: number | null,
): Promise<RevisionRow[]> {
  const { rows } = await pool.query<RevisionRow>(
    `select ${revisionColumns}, recorded_at from (
       select ${revisionColumns}, updated_at as recorded_at from signals where id = $1
       union all
       select ${revisionColumns}, recorded_at from signal_revisions where signal_id = $1
     ) as states
     where revision < $3 order by revision desc limit $2`,
    [signalId, limit, below ?? 2 ** 31 - 1],
  );
  return rows;
}

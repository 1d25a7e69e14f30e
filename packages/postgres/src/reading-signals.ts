import type { Reported, Severity } from '@signalbox/domain';
import { allOf, type Condition, idsMadeBetween, madeBetween } from './conditions.js';
import type { Pool } from './pool.js';

/** A stored signal with what became of it. */
export interface SignalRow extends Reported {
  id: string;
  eventType: string;
  testMode: boolean;
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
  s.id, s.source, s.event_id as "eventId", s.event_type as "eventType", s.test_mode as "testMode", s.kind, s.severity, s.service, s.summary,
  s.description, s.started_at as "startedAt", s.resolved_at as "resolvedAt", s.raw, s.received_at as "receivedAt",
  s.revision, s.correlation_id as "correlationId", s.suppressed_by as "suppressedBy",
  exists (select from deliveries d where d.signal_id = s.id)
    or exists (select from fan_outs f where f.signal_id = s.id) as routed,
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
  const values: unknown[] = [];
  const where = allOf([['s.id <', before ?? undefined], ...conditions(filter)], values);
  const { rows } = await pool.query<SignalRow>(
    `select ${signalColumns} from signals s where ${where} order by s.id desc limit $${values.push(limit)}`,
    values,
  );
  return rows;
}

function conditions({ source, kind, severity, eventType, since, until }: SignalFilter): Condition[] {
  const { low, high } = idsMadeBetween(since, until);
  return [
    ['s.source =', source],
    ['s.kind =', kind],
    ['s.severity =', severity],
    ['s.event_type =', eventType],
    ...madeBetween('s.received_at', since, until),
    ['s.id >=', low],
    ['s.id <', high],
  ];
}

/** One signal; null where there is none. */
export async function findSignal(pool: Pool, id: string): Promise<SignalRow | null> {
  const { rows } = await pool.query<SignalRow>(`select ${signalColumns} from signals s where s.id = $1`, [
    id,
  ]);
  return rows[0] ?? null;
}

/** The signal a source knows by this key; null where there is none. */
export async function findSignalByKey(
  pool: Pool,
  source: string,
  dedupeKey: string,
): Promise<SignalRow | null> {
  const { rows } = await pool.query<SignalRow>(
    `select ${signalColumns} from signals s where s.source = $1 and s.dedupe_key = $2`,
    [source, dedupeKey],
  );
  return rows[0] ?? null;
}

/** The body of a signal's latest revision, as it was sent; null where there is no such signal. */
export async function bodyOfSignal(pool: Pool, id: string): Promise<Buffer | null> {
  const { rows } = await pool.query<{ raw: Buffer }>('select raw from signals where id = $1', [id]);
  return rows[0]?.raw ?? null;
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

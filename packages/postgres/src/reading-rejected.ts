import { allOf, idsMadeBetween, madeBetween } from './conditions.js';
import type { Pool } from './pool.js';

/** What became of a request that was turned away. */
export const rejectedStatuses = ['open', 'resubmitted', 'dismissed'] as const;
export type RejectedStatus = (typeof rejectedStatuses)[number];

/** A request that was turned away, without its body. */
export interface RejectedRow {
  id: string;
  source: string;
  reason: string;
  detail: string;
  errors: { path: string; message: string }[];
  status: RejectedStatus;
  /** How often it came. */
  times: number;
  received_at: Date;
  last_received_at: Date;
  /** Unit: bytes. */
  size: number;
  headers: Record<string, string>;
  subscription_id: string | null;
  correlation_id: string;
  /** What it was resubmitted as. */
  signal_id: string | null;
  /** When it was resubmitted or dismissed. */
  settled_at: Date | null;
}

const columns = `
  id, source, reason, detail, errors, status, times, received_at, last_received_at, length(body) as size, headers,
  subscription_id, correlation_id, signal_id, settled_at`;

/** One with its body. */
export interface FoundRejected extends RejectedRow {
  body: Buffer;
}

/** Which of them are wanted; what is not set does not matter. Times are those of the first receipt. */
export interface RejectedFilter {
  source?: string | undefined;
  reason?: string | undefined;
  status?: RejectedStatus | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** The newest that pass; `before` is the id the page before ended with. */
export async function newestRejected(
  pool: Pool,
  filter: RejectedFilter,
  limit: number,
  before: string | null,
): Promise<RejectedRow[]> {
  const values: unknown[] = [];
  const where = conditions(filter, ['id <', before ?? undefined], values);
  const { rows } = await pool.query<RejectedRow>(
    `select ${columns} from rejected_inbound where ${where} order by id desc limit $${values.push(limit)}`,
    values,
  );
  return rows;
}

/** The ids of those that pass, oldest first; `after` is the id the part before ended with. */
export async function oldestRejected(
  pool: Pool,
  filter: RejectedFilter,
  limit: number,
  after: string | null,
): Promise<string[]> {
  const values: unknown[] = [];
  const where = conditions(filter, ['id >', after ?? undefined], values);
  const { rows } = await pool.query<{ id: string }>(
    `select id from rejected_inbound where ${where} order by id limit $${values.push(limit)}`,
    values,
  );
  return rows.map(({ id }) => id);
}

function conditions(
  { source, reason, status, since, until }: RejectedFilter,
  place: [string, unknown],
  values: unknown[],
): string {
  const { low, high } = idsMadeBetween(since, until);
  return allOf(
    [
      place,
      ['source =', source],
      ['reason =', reason],
      ['status =', status],
      ...madeBetween('received_at', since, until),
      ['id >=', low],
      ['id <', high],
    ],
    values,
  );
}

/** Some of them with their bodies, oldest first. */
export async function findRejected(pool: Pool, ids: readonly string[]): Promise<FoundRejected[]> {
  const { rows } = await pool.query<FoundRejected>(
    `select ${columns}, body from rejected_inbound where id = any($1::uuid[]) order by id`,
    [ids],
  );
  return rows;
}

/** How many nobody has settled; counted up to 10,000. */
export async function countOpenRejected(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int from (select from rejected_inbound where status = 'open' limit 10000) as open`,
  );
  return rows[0]?.count ?? 0;
}

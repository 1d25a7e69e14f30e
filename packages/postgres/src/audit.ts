import { newId } from '@signalbox/domain';
import { allOf, idsMadeBetween, madeBetween } from './conditions.js';
import type { Db, Pool } from './pool.js';

/** Who asked for something, and from where. */
export interface Origin {
  caller: string;
  /** null: no key was asked for, or it is one of the environment's. */
  keyId: string | null;
  scope: string;
  via: 'key' | 'session' | 'open';
  /** The IP address of the connection, or what a trusted proxy says it is; null: it was gone already. */
  address: string | null;
  requestId: string;
}

/** Everything that is put on record. */
export const auditActions = [
  'alert.drilled',
  'api_key.created',
  'api_key.revoked',
  'deliveries.replayed',
  'delivery.canceled',
  'delivery.replayed',
  'membership.changed',
  'membership.created',
  'membership.deleted',
  'partner.changed',
  'partner.created',
  'partner.deleted',
  'queue.changed',
  'queue.cleaned',
  'queue.emptied',
  'queue.obliterated',
  'queue.paused',
  'queue.promoted',
  'queue.resumed',
  'queue.retried',
  'rejected.dismissed',
  'rejected.resubmitted',
  'status_page.created',
  'status_page.deleted',
  'status_pages.pulled',
  'store.changed',
  'store.created',
  'store.deleted',
  'store.users_replaced',
  'subscription.changed',
  'subscription.created',
  'subscription.deleted',
  'subscription.ingest_secret_rotated',
  'subscription.secret_rotated',
  'subscription.tested',
  'user.changed',
  'user.created',
  'user.deleted',
] as const;

export type AuditAction = (typeof auditActions)[number];

/** Something that was changed, or is going to be. */
export interface AuditEntry extends Origin {
  action: AuditAction;
  kind: string;
  /** null: many. */
  id: string | null;
  /** What was shown of it; must not hold a secret. */
  before?: unknown;
  after?: unknown;
}

/** Puts something on record. */
export async function keepAudit(db: Db, entry: AuditEntry): Promise<void> {
  const { caller, keyId, scope, via, address, requestId, action, kind, id, before, after } = entry;
  await db.query(
    `insert into audit (id, caller, key_id, scope, via, address, request_id, action, target_kind, target_id, before, after)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      newId(),
      caller,
      keyId,
      scope,
      via,
      address,
      requestId,
      action,
      kind,
      id,
      bounded(before),
      bounded(after),
    ],
  );
}

/** Of what was shown, so much is kept. Unit: UTF-16 code units of its JSON. */
const longest = 16_384;

function bounded(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(value);
  if (text.length <= longest) return text;
  return JSON.stringify({
    cut: `The first ${longest} of ${text.length} characters.`,
    text: text.slice(0, longest),
  });
}

/** Something on record, as the API shows it. */
export interface AuditRow {
  id: string;
  at: Date;
  caller: string;
  key_id: string | null;
  scope: string;
  via: Origin['via'];
  address: string | null;
  request_id: string;
  action: AuditAction;
  target_kind: string;
  target_id: string | null;
  before: unknown;
  after: unknown;
}

/** Which entries are wanted; what is not set does not matter. */
export interface AuditFilter {
  action?: AuditAction | undefined;
  /** The target's id. */
  target?: string | undefined;
  caller?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** The newest entries that pass; `before` is the id the page before ended with. */
export async function newestAudit(
  pool: Pool,
  { action, target, caller, since, until }: AuditFilter,
  limit: number,
  before: string | null,
): Promise<AuditRow[]> {
  const values: unknown[] = [];
  const { low, high } = idsMadeBetween(since, until);
  const where = allOf(
    [
      ['id <', before ?? undefined],
      ['action =', action],
      ['target_id =', target],
      ['caller =', caller],
      ...madeBetween('at', since, until),
      ['id >=', low],
      ['id <', high],
    ],
    values,
  );
  const { rows } = await pool.query<AuditRow>(
    `select id, at, caller, key_id, scope, via, address, request_id, action, target_kind, target_id, before, after
     from audit where ${where} order by id desc limit $${values.push(limit)}`,
    values,
  );
  return rows;
}

/**
 * Waits until nobody else changes this, and lets nobody else until the transaction ends: what is read before a change is
 * then what it changed.
 */
export async function lockForChange(db: Db, kind: string, id: string): Promise<void> {
  await db.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`change ${kind} ${id}`]);
}

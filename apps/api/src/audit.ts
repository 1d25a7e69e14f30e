import {
  type AuditAction,
  type AuditEntry,
  type Db,
  keepAudit,
  lockForChange,
  type Pool,
  transaction,
} from '@signalbox/postgres';
import type { Request, Response } from 'express';
import { callerOf } from './caller.js';

/** What is done, by whom, and from where. */
export type Deed = Omit<AuditEntry, 'kind' | 'id' | 'before' | 'after'>;

/** What a request does, as it is put on record. */
export function deedOf(request: Request, response: Response, action: AuditAction): Deed {
  const { name, keyId, scope, via } = callerOf(response);
  const requestId = String(response.getHeader('x-request-id'));
  return { action, caller: name, keyId, scope, via, address: request.ip ?? null, requestId };
}

/** Something that is changed. */
export interface Target {
  kind: string;
  id: string;
  /** What the API shows of it, which holds no secret; null where there is none. */
  look: (db: Db) => Promise<object | null>;
}

/**
 * Runs `work` in one transaction with the record of what it changed: neither is kept without the other. What changes
 * nothing is not put on record.
 */
export function change<T>(
  pool: Pool,
  deed: Deed,
  { kind, id, look }: Target,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  return transaction(pool, async (db) => {
    await lockForChange(db, kind, id);
    const before = await look(db);
    const result = await work(db);
    const differing = difference(before, await look(db));
    if (differing) await keepAudit(db, { ...deed, kind, id, ...differing });
    return result;
  });
}

/** What differs, as it is put on record: all of it where there was or is none, else these fields; null: nothing. */
export function difference(before: object | null, after: object | null) {
  if (!before || !after) return before === after ? null : { before, after };
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const fields = [...is.keys()].filter(
    (field) => JSON.stringify(was.get(field)) !== JSON.stringify(is.get(field)),
  );
  if (fields.length === 0) return null;
  const only = (values: Map<string, unknown>) =>
    Object.fromEntries(fields.map((field) => [field, values.get(field)]));
  return { before: only(was), after: only(is) };
}

import { createHash } from 'node:crypto';
import { newId } from '@signalbox/domain';
import type { Db, Pool } from './pool.js';

/** A request that was turned away for what it says, and is kept. */
export interface Rejected {
  source: string;
  reason: string;
  detail: string;
  errors: { path: string; message: string }[];
  /** What its source reads of them, signatures left out. */
  headers: Record<string, string>;
  /** null: it was not made to one subscription. */
  subscriptionId: string | null;
  body: Buffer;
  correlationId: string;
}

/** Keeps a request that was turned away. What its sender sent before is counted, and what became of that holds. */
export async function keepRejected(pool: Pool, rejected: Rejected): Promise<void> {
  const { source, reason, detail, errors, headers, subscriptionId, body, correlationId } = rejected;
  const known = [source, fingerprintOf(rejected)];
  // Asked first without the body, which may be large, and comes again and again where a sender goes wrong.
  const { rowCount } = await pool.query(
    `update rejected_inbound ${again} where source = $1 and fingerprint = $2`,
    known,
  );
  if (rowCount === 1) return;
  const told = [reason, detail, JSON.stringify(errors), headers, subscriptionId, body, correlationId];
  await pool.query(
    `insert into rejected_inbound
       (source, fingerprint, id, reason, detail, errors, headers, subscription_id, body, correlation_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (source, fingerprint) do update ${again}`,
    [...known, newId(), ...told],
  );
}

const again = 'set times = rejected_inbound.times + 1, last_received_at = now()';

/** The same body for another subscription, or under another type, is another request. */
function fingerprintOf({ subscriptionId, headers, body }: Rejected): Buffer {
  const place = `${subscriptionId ?? ''}\n${headers['x-event-type'] ?? ''}\n`;
  return createHash('sha256').update(place).update(body).digest();
}

/** Notes what they were resubmitted as, unless somebody else was first; answers of how many. */
export async function noteResubmitted(
  db: Db,
  resubmitted: readonly { id: string; signalId: string }[],
): Promise<number> {
  const { rowCount } = await db.query(
    `update rejected_inbound r set status = 'resubmitted', signal_id = s.signal_id, settled_at = now()
     from unnest($1::uuid[], $2::uuid[]) as s (id, signal_id)
     where r.id = s.id and r.status <> 'resubmitted'`,
    [resubmitted.map(({ id }) => id), resubmitted.map(({ signalId }) => signalId)],
  );
  return rowCount ?? 0;
}

/** Notes that nothing is to be made of one; false where that is said already, or something was made of it. */
export async function dismissRejected(db: Db, id: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update rejected_inbound set status = 'dismissed', settled_at = now() where id = $1 and status = 'open'`,
    [id],
  );
  return rowCount === 1;
}

/**
 * Forgets what was turned away and has not come again since then, 10,000 at most.
 * @returns how many
 */
export async function dropRejected(pool: Pool, before: Date): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from rejected_inbound
     where id in (select id from rejected_inbound where last_received_at < $1 order by id limit 10000)`,
    [before],
  );
  return rowCount ?? 0;
}

import type { DisabledReason } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** Notes that deliveries to a subscription have begun to fail; later failures change nothing. */
export async function noteFailing(pool: Pool, id: string): Promise<void> {
  await pool.query('update subscriptions set failing_since = now() where id = $1 and failing_since is null', [
    id,
  ]);
}

/** Notes that a subscription works again. */
export async function noteWorking(pool: Pool, id: string): Promise<void> {
  await pool.query(
    'update subscriptions set failing_since = null where id = $1 and failing_since is not null',
    [id],
  );
}

/** A subscription that was disabled, not by an operator. */
export interface DisabledSubscription {
  id: string;
  url: string;
  failingSince: Date | null;
}

/** Disables a subscription; null where it was disabled already, or is gone. */
export async function disableSubscription(
  pool: Pool,
  id: string,
  reason: DisabledReason,
): Promise<DisabledSubscription | null> {
  const { rows } = await pool.query<DisabledSubscription>(
    `update subscriptions set enabled = false, disabled_reason = $2, updated_at = now()
     where id = $1 and enabled returning id, url, failing_since as "failingSince"`,
    [id, reason],
  );
  return rows[0] ?? null;
}

/** The subscriptions to which nothing has been delivered for `forMs`, although it was tried. */
export async function failingSubscriptions(pool: Pool, forMs: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from subscriptions
     where enabled and failing_since < now() - $1::float8 * interval '1 millisecond' order by id`,
    [forMs],
  );
  return rows.map(({ id }) => id);
}

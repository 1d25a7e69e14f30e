import type { Owed } from './new-signal.js';
import type { Db, Pool } from './pool.js';

/** Keeps a delivery until its subscription is enabled again. */
export async function hold(pool: Pool, id: string): Promise<void> {
  await pool.query(`update deliveries set status = 'held' where id = $1 and status = 'pending'`, [id]);
}

/**
 * Ends a delivery that is not to be sent any more; false where it has ended already, or there is none. Whoever is sending
 * it at this moment may still make it arrive: their attempt is recorded, and it then counts as delivered.
 */
export async function cancel(db: Db, id: string, reason: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update deliveries set status = 'canceled', last_error = $2, completed_at = now()
     where id = $1 and status in ('pending', 'held')`,
    [id, reason],
  );
  return rowCount === 1;
}

interface Row {
  id: string;
  correlation_id: string;
  attempts_left: number;
}

/** Puts the oldest of what is held for subscriptions that are enabled, or gone, in line again, in their order. */
export async function releaseHeld(pool: Pool, limit: number): Promise<Owed[]> {
  const { rows } = await pool.query<Row>({
    text: `
      with due as (
        select id from deliveries d
        where status = 'held' and channel = 'webhook' and not exists (
          select from subscriptions s where s.id = d.target::uuid and not s.enabled
        )
        order by id limit $1 for update skip locked
      ), released as (
        update deliveries d
        set status = 'pending', queued_at = now(), next_attempt_at = now(), not_before = null
        from due where d.id = due.id
        returning d.id, d.signal_id, d.max_attempts - d.attempts_made as attempts_left
      )
      select r.id, r.attempts_left, s.correlation_id from released r join signals s on s.id = r.signal_id order by r.id`,
    values: [limit],
  });
  return rows.map((row) => ({
    id: row.id,
    channel: 'webhook',
    correlationId: row.correlation_id,
    notBefore: null,
    attempts: row.attempts_left,
  }));
}

/**
 * Makes deliveries that wait for their turn with a subscription due at once, the oldest first.
 * @param after only those with a later id: who was woken and has to wait again is not woken twice
 * @returns their ids, in order
 */
export async function wakeDeferred(
  pool: Pool,
  subscriptionId: string,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    text: `
      with due as (
        select id from deliveries
        where channel = 'webhook' and target = $1 and id > $2 and status = 'pending' and not_before > now()
        order by id limit $3 for update skip locked
      )
      update deliveries d set not_before = now(), next_attempt_at = now() from due where d.id = due.id
      returning d.id`,
    values: [subscriptionId, after, limit],
  });
  return rows.map(({ id }) => id).toSorted();
}

import type { Fallback, Target } from '@signalbox/domain';
import { addDeliveries, type DeliveryRow, deliveryRow } from './new-deliveries.js';
import type { Owed } from './new-signal.js';
import { type Client, type Pool, transaction } from './pool.js';

interface Due {
  id: string;
  signal_id: string;
  revision: number;
  target: string;
  target_user_id: string | null;
  fallback: Fallback;
  correlation_id: string;
}

/**
 * Tries the next channel of users whose delivery has failed, or has taken too long: each such delivery makes one other
 * necessary, once.
 * @param maxAttempts of each new delivery
 * @param limit how many are looked at
 */
export function fallBack(pool: Pool, maxAttempts: number, limit: number): Promise<Owed[]> {
  return transaction(pool, async (client) => {
    const due = await take(client, limit);
    const correlationIds = new Map(due.map((row) => [row.id, row.correlation_id]));
    const rows = due.flatMap((row) => nextDelivery(row, maxAttempts));
    return addDeliveries(client, rows, ({ fallback_of = '' }) => correlationIds.get(fallback_of) ?? '');
  });
}

/** What is taken has had its fallback. */
async function take(client: Client, limit: number): Promise<Due[]> {
  const { rows } = await client.query<Due>({
    text: `
      with due as (
        select id, fallback from deliveries
        where status in ('pending', 'failed', 'refused') and fallback_at <= now()
        order by fallback_at limit $1 for update skip locked
      ), taken as (
        update deliveries d set fallback = null, fallback_at = null from due where d.id = due.id
        returning d.id, d.signal_id, d.revision, d.target, d.target_user_id, due.fallback
      )
      select taken.*, s.correlation_id from taken join signals s on s.id = taken.signal_id`,
    values: [limit],
  });
  return rows;
}

function nextDelivery(failed: Due, maxAttempts: number): DeliveryRow[] {
  const [first, ...next] = failed.fallback.next;
  if (!first) return [];
  const target: Target = {
    ...first,
    target: failed.target,
    userId: failed.target_user_id,
    notBefore: null,
    fallback: next.length > 0 ? { next, afterMs: failed.fallback.afterMs } : null,
    skipped: null,
    maxAttempts: null,
  };
  const key = { signalId: failed.signal_id, revision: failed.revision, maxAttempts };
  return [{ ...deliveryRow(target, key), fallback_of: failed.id }];
}

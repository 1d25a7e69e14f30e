import type { Target, Told } from '@signalbox/domain';
import type { Client } from './pool.js';

/**
 * What was promised of a signal since it was last over. What has failed for good told nobody.
 * @param users only what was promised to these; null: to anybody
 */
export async function toldOf(
  client: Client,
  signalId: string,
  users: readonly string[] | null,
): Promise<Told[]> {
  const { rows } = await client.query<Told>({
    name: 'told-of-signal',
    text: `select d.channel, d.target, d.target_user_id as "userId", coalesce(r.severity, s.severity) as severity
           from deliveries d
           join signals s on s.id = d.signal_id
           left join signal_revisions r on r.signal_id = d.signal_id and r.revision = d.revision
           where d.signal_id = $1 and d.status in ('pending', 'delivered', 'held')
             and ($2::uuid[] is null or d.target_user_id = any($2))
             and d.revision > (
               select coalesce(max(revision), 0) from signal_revisions where signal_id = $1 and resolved_at is not null
             )`,
    values: [signalId, users],
  });
  return rows;
}

/** Who is told something graver now need not be told, when the quiet hours are over, what it had been before. */
export async function cancelWaiting(
  client: Client,
  signalId: string,
  revision: number,
  targets: readonly Target[],
): Promise<void> {
  const users = targets.flatMap(({ userId }) => (userId === null ? [] : [userId]));
  if (revision === 1 || users.length === 0) return;
  await client.query(
    `update deliveries set status = 'canceled', last_error = 'superseded', completed_at = now()
     where signal_id = $1 and revision < $2 and target_user_id = any($3) and status = 'pending' and not_before > now()`,
    [signalId, revision, users],
  );
}

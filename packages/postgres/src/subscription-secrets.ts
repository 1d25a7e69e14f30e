import { newId } from '@signalbox/domain';
import { type Client, type Db, transaction } from './pool.js';

/** What a secret is for: to sign what we send, or to recognise what is sent to us. */
export type SecretKind = 'signing' | 'ingest';

/** A secret of a subscription, encrypted. */
export interface SealedSecret {
  kind: SecretKind;
  sealed: Buffer;
  /** null: until it is rotated. */
  expiresAt: Date | null;
}

/** One to be kept; it is in force until it is rotated. */
export type NewSecret = Pick<SealedSecret, 'kind' | 'sealed'>;

/** Every one that is in force signs, and a receiver takes only so long a header. */
const mostInForce = 10;

/** Adds the secrets of a new subscription. */
export async function insertSecrets(
  client: Client,
  subscriptionId: string,
  secrets: readonly NewSecret[],
): Promise<void> {
  for (const { kind, sealed } of secrets) {
    await client.query(
      'insert into subscription_secrets (id, subscription_id, kind, sealed) values ($1, $2, $3, $4)',
      [newId(), subscriptionId, kind, sealed],
    );
  }
}

/**
 * Puts a secret into force, and lets those before it expire.
 * @param next encrypted; null: none follows
 * @param overlapSeconds how long those before stay in force at most; 0 ends them at once, and forgets them
 * @returns `too-many`: so many overlap already that another one would have to wait
 */
export function rotateSecret(
  db: Db,
  subscriptionId: string,
  kind: SecretKind,
  next: Buffer | null,
  overlapSeconds: number,
): Promise<'rotated' | 'unknown-subscription' | 'too-many'> {
  const own = [subscriptionId, kind];
  return transaction(db, async (client) => {
    // Locked, so that of two rotations at once one follows the other.
    const lock = 'select from subscriptions where id = $1 for no key update';
    if ((await client.query(lock, [subscriptionId])).rowCount === 0) return 'unknown-subscription';
    if (overlapSeconds > 0 && (await countInForce(client, own)) >= mostInForce) return 'too-many';
    await client.query(
      `update subscription_secrets set expires_at = least(expires_at, now() + $3 * interval '1 second')
       where subscription_id = $1 and kind = $2`,
      [...own, overlapSeconds],
    );
    await client.query(
      'delete from subscription_secrets where subscription_id = $1 and kind = $2 and expires_at <= now()',
      own,
    );
    if (next) await insertSecrets(client, subscriptionId, [{ kind, sealed: next }]);
    await client.query('update subscriptions set updated_at = now() where id = $1', [subscriptionId]);
    return 'rotated';
  });
}

async function countInForce(client: Client, own: string[]): Promise<number> {
  const { rowCount } = await client.query(
    `select from subscription_secrets
     where subscription_id = $1 and kind = $2 and (expires_at is null or expires_at > now())`,
    own,
  );
  return rowCount ?? 0;
}

import { bearerKey, type EnvironmentKey, findByHash, grants, hashApiKey } from '@signalbox/domain';
import { keysInForce, type Pool } from '@signalbox/postgres';

/**
 * Whether an Authorization header holds a key that may read; anything will do while there are no keys. Keys of the
 * environment are known without Postgres: what went wrong with it is what metrics are for.
 * @throws what Postgres says
 */
export async function grantsReading(
  authorization: string | undefined,
  given: readonly EnvironmentKey[],
  pool: Pool,
): Promise<boolean> {
  const key = bearerKey(authorization);
  if (key === null && given.length > 0) return false;
  const hash = hashApiKey(key ?? '');
  const known = findByHash(given, hash);
  if (known) return grants(known.scope, 'read');
  const kept = await keysInForce(pool);
  if (given.length === 0 && kept.length === 0) return true;
  const held = kept.find((stored) => stored.hash.equals(hash));
  return held !== undefined && grants(held.scope, 'read');
}

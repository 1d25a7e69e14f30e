import type { EncryptionKey } from '@signalbox/domain';
import { keysInUse, type Pool } from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { secretChannels } from './contact-schema.js';

/** Warns when something is encrypted with a key that is not given: it cannot be opened. */
export async function warnOfMissingKeys(pool: Pool, keys: readonly EncryptionKey[], log: Log): Promise<void> {
  try {
    const given = new Set(keys.map(({ id }) => id));
    const missing = (await keysInUse(pool, secretChannels)).filter((id) => !given.has(id));
    if (missing.length > 0) log.error({ key_ids: missing }, 'encryption_key.missing');
  } catch (error) {
    log.warn({ err: error }, 'encryption_key.not_checked');
  }
}

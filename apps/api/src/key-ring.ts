import { type EnvironmentKey, findByHash } from '@signalbox/domain';
import { keysInForce, noteApiKeyUsed, type Pool, type StoredKey } from '@signalbox/postgres';
import { fresh, type Log } from '@signalbox/runtime';
import type { Caller } from './caller.js';

/** How old an answer may be where nobody has told us of a change. Unit: ms. */
const freshMs = 1_000;
/** So often the use of a key is written down at most. Unit: ms. */
const noteEveryMs = 60_000;

/** The keys in force: those of the environment, and those that are kept. */
export interface KeyRing {
  /** Whether there is none, so that everything is open. */
  isEmpty: () => Promise<boolean>;
  /** Whose key has this hash; null: nobody's, or not any more. */
  find: (hash: Buffer) => Promise<Omit<Caller, 'via'> | null>;
  /** A key was made or revoked. */
  forget: () => void;
}

/** Keys of the environment are known without Postgres, so that they work while it is away. */
export function createKeyRing(given: readonly EnvironmentKey[], pool: Pool, log: Log): KeyRing {
  const kept = fresh(freshMs, async (keys) => {
    const inForce = await keysInForce(pool);
    const byHash = new Map(inForce.map((key) => [key.hash.toString('hex'), key]));
    return keys.map(() => byHash);
  });
  const noteUsed = noter(pool, log);
  return {
    isEmpty: async () => given.length === 0 && (await kept.get('all')).size === 0,
    find: async (hash) => {
      const known = findByHash(given, hash);
      if (known) return { keyId: null, name: known.name, scope: known.scope };
      const stored = (await kept.get('all')).get(hash.toString('hex'));
      if (!stored) return null;
      noteUsed(stored);
      return { keyId: stored.id, name: stored.name, scope: stored.scope };
    },
    forget: kept.forget,
  };
}

/** Writes down that keys are used, while the requests go on. */
function noter(pool: Pool, log: Log): (key: StoredKey) => void {
  const noted = new Map<string, number>();
  return ({ id }) => {
    const now = Date.now();
    if (now - (noted.get(id) ?? 0) < noteEveryMs) return;
    noted.set(id, now);
    noteApiKeyUsed(pool, id).catch((error: unknown) => log.debug({ err: error }, 'api_key.use_not_noted'));
  };
}

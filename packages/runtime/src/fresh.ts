import { groupCommit } from './group-commit.js';

/** What was looked up a moment ago. */
export interface Fresh<Value> {
  get: (key: string) => Promise<Value>;
  /** Everything is looked up anew from now on. */
  forget: () => void;
}

/** Whoever asks may name any number of keys; memory is not theirs to fill. */
const mostKeys = 10_000;

/**
 * Remembers what was looked up for `freshMs`, and looks up together what is asked for at once.
 * @param load answers in the order of the keys, none of which stands there twice
 */
export function fresh<Value>(freshMs: number, load: (keys: string[]) => Promise<Value[]>): Fresh<Value> {
  const known = new Map<string, { value: Promise<Value>; until: number }>();
  const loadOne = groupCommit(
    async (keys: string[]) => {
      const unique = [...new Set(keys)];
      const values = await load(unique);
      const byKey = new Map(unique.map((key, index) => [key, values[index] as Value]));
      return keys.map((key) => byKey.get(key) as Value);
    },
    { maxItems: 100, maxInFlight: 2, maxQueued: 10_000 },
  );
  return { get, forget: () => known.clear() };

  function get(key: string): Promise<Value> {
    const now = Date.now();
    const entry = known.get(key);
    if (entry && entry.until > now) return entry.value;
    if (known.size >= mostKeys) known.clear();
    // A part of a URL keeps all of that URL in memory, up to 16 KiB of it; a copy does not.
    const copy = Buffer.from(key).toString();
    const next = { value: loadOne(copy), until: now + freshMs };
    known.set(copy, next);
    // A failure is told to those who wait for it, and not remembered.
    next.value.catch(() => known.get(copy) === next && known.delete(copy));
    return next.value;
  }
}

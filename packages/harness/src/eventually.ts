import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how often a condition is looked at. */
export interface Patience {
  /** milliseconds; 10 000 unless told */
  timeoutMs?: number;
  /** milliseconds between two looks; 50 unless told */
  everyMs?: number;
  /** ends the wait early, with the signal's reason */
  signal?: AbortSignal;
}

/**
 * Looks at a condition until it holds and returns its value. It does not hold while `look` throws, rejects or
 * gives `false`.
 * @throws an Error naming the time waited and the last failure
 */
export async function eventually<T>(look: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 50, signal } = patience;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await attempt(look);
    if (seen.holds) return seen.value;
    if (performance.now() >= deadline) throw new Error(`Not within ${timeoutMs} ms: ${seen.because}`);
    await sleep(everyMs);
  }
}

type Seen<T> = { holds: true; value: T } | { holds: false; because: string };

async function attempt<T>(look: () => T | Promise<T>): Promise<Seen<T>> {
  try {
    const value = await look();
    return value === false ? { holds: false, because: 'it stayed false' } : { holds: true, value };
  } catch (error) {
    return { holds: false, because: error instanceof Error ? error.message : String(error) };
  }
}

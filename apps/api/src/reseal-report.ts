import type { Resealed } from './reseal.js';

/**
 * What was done, and which keys are needed still, for whoever wants to drop the old ones.
 * @param keys the ids of those that are given, the newest first
 */
export function resealReport(
  places: readonly Resealed[],
  keys: readonly string[],
): { text: string; isDone: boolean } {
  const inUse = total(places);
  const [newest = ''] = keys;
  const isDone = [...inUse.keys()].every((key) => key === newest);
  const lines = [
    ...places.map(({ name, resealed }) => `${name}: ${resealed} encrypted anew`),
    ...[...inUse].map(([key, count]) => `in use: ${described(key, keys)}, ${count} times`),
    isDone
      ? `All of it is under the key ${newest}; others may be dropped from ENCRYPTION_KEY.`
      : 'Not all of it is under the newest key: keep the old ones, and run this again.',
  ];
  return { text: `${lines.join('\n')}\n`, isDone };
}

function total(places: readonly Resealed[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { inUse } of places) {
    for (const [key, count] of inUse) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return sums;
}

function described(key: string, keys: readonly string[]): string {
  if (key === 'plain') return 'no key (not encrypted)';
  if (key === keys[0]) return `the key ${key}, the newest`;
  return keys.includes(key) ? `the key ${key}` : `the key ${key}, which is not given`;
}

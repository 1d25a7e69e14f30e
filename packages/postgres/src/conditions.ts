/** The beginning of a condition and what its end is; undefined: it is not asked for. */
export type Condition = [beginning: string, value: unknown];

/** Those that are asked for, joined by `and`; what they need joins `values`. `true` where none is. */
export function allOf(conditions: readonly Condition[], values: unknown[]): string {
  const asked = conditions.filter(([, value]) => value !== undefined);
  return asked.map(([beginning, value]) => `${beginning} $${values.push(value)}`).join(' and ') || 'true';
}

/** What is asked of rows that were made from `since` on and before `until`, by the column that says when. */
export function madeBetween(column: string, since: Date | undefined, until: Date | undefined): Condition[] {
  return [
    [`${column} >=`, since],
    [`${column} <`, until],
  ];
}

/** Clocks of the API, which makes ids, and of Postgres, which notes when, may differ by this. Unit: ms. */
const clockSkewMs = 60_000;

/**
 * Between which UUIDv7 the ids of such rows lie: they begin with the time they were made, and they are what the indexes
 * are ordered by. The row's own time has the last word.
 */
export function idsMadeBetween(since: Date | undefined, until: Date | undefined) {
  return {
    low: since && firstIdOf(since.getTime() - clockSkewMs),
    high: until && firstIdOf(until.getTime() + clockSkewMs),
  };
}

/** The smallest UUIDv7 of a moment (Unix ms). */
function firstIdOf(ms: number): string {
  const hex = Math.max(0, Math.min(ms, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** What one of the bad receivers has seen. */
export interface Visits {
  attempts: number;
  /** Deliveries answered with 204, without repetitions. */
  served: number;
  /** The most requests that were open at once. */
  mostOpen: number;
  /** From the first to the last attempt; NaN of less than two. */
  perSecond: number;
  /** Between two attempts. Unit: ms. */
  shortestGap: number;
  longestGap: number;
}

/** How evenly attempts came. `at`: when each did, in ms, ascending. */
export function pacing(at: readonly number[]): Pick<Visits, 'perSecond' | 'shortestGap' | 'longestGap'> {
  const gaps = at.slice(1).map((time, index) => time - (at[index] as number));
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  const sorted = Float64Array.from(gaps).sort();
  return {
    perSecond: (gaps.length * 1000) / total,
    shortestGap: sorted.at(0) ?? Number.NaN,
    longestGap: sorted.at(-1) ?? Number.NaN,
  };
}

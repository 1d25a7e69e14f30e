/** Receivers that do not do well, and the path of each: one never answers, one answers 429, one may get 1/s only. */
export const badOnes = ['hang', 'busy', 'slow'] as const;
export type BadOne = (typeof badOnes)[number];

/** How many receivers answer at once. */
export const healthyCount = 100;

/** The path of the n-th message to healthy receivers, which go round. */
export function healthyPath(n: number): string {
  return `/healthy/${n % healthyCount}`;
}

/** Of all receivers, the bad ones last. */
export function allPaths(): string[] {
  const healthy = Array.from({ length: healthyCount }, (_, n) => healthyPath(n));
  return [...healthy, ...badOnes.map((name) => `/${name}`)];
}

/** Half the width of the jitter, as a share of the delay: 10 s becomes 9 to 11 s. */
const jitter = 0.1;

/** A receiver may ask us to wait, but not for longer than this. Unit: ms. */
export const longestRetryAfterMs = 60 * 60 * 1000;

/** Waits after the 1st, 2nd, … attempt; six requests in all. Unit: ms. Source: requirement W4. */
export const defaultRetrySchedule = [10_000, 30_000, 60_000, 300_000, 900_000];

/** How many requests a schedule allows in all: the first and one after each delay. */
export function maxAttempts(schedule: readonly number[]): number {
  return schedule.length + 1;
}

/**
 * The pause before the next attempt, in ms.
 * @param schedule delays in ms after the 1st, 2nd, … attempt
 * @param attemptsMade how many attempts were made, ≥ 1; past the end of the schedule its last delay counts
 * @param afterMs what the receiver asked for; honoured up to one hour, never shortens the schedule
 * @param random 0 ≤ random < 1
 */
export function retryDelay(
  schedule: readonly number[],
  attemptsMade: number,
  afterMs = 0,
  random = Math.random(),
): number {
  const base = schedule[Math.min(attemptsMade, schedule.length) - 1] ?? 0;
  const jittered = base * (1 - jitter + 2 * jitter * random);
  return Math.round(Math.max(jittered, Math.min(afterMs, longestRetryAfterMs)));
}

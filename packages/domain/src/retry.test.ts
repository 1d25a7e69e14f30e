import { longestRetryAfterMs, maxAttempts, retryDelay } from './retry.js';

const schedule = [10_000, 30_000, 60_000];

test('a schedule of three delays allows four requests', () => {
  expect(maxAttempts(schedule)).toBe(4);
});

test.each([
  { made: 1, random: 0.5, delay: 10_000 },
  { made: 2, random: 0.5, delay: 30_000 },
  { made: 3, random: 0.5, delay: 60_000 },
  { made: 9, random: 0.5, delay: 60_000 },
  { made: 1, random: 0, delay: 9_000 },
  { made: 1, random: 0.999999, delay: 11_000 },
])('after $made attempts with random $random: $delay ms', ({ made, random, delay }) => {
  expect(retryDelay(schedule, made, 0, random)).toBe(delay);
});

test('Retry-After lengthens the delay, never shortens it, and is capped at an hour', () => {
  expect(retryDelay(schedule, 1, 45_000, 0.5)).toBe(45_000);
  expect(retryDelay(schedule, 2, 1_000, 0.5)).toBe(30_000);
  expect(retryDelay(schedule, 1, 1e12, 0.5)).toBe(longestRetryAfterMs);
});

test('an empty schedule retries at once', () => {
  expect(retryDelay([], 1, 0, 0.5)).toBe(0);
});

import * as fc from 'fast-check';
import { bucketDuration, durationBucket } from './duration-buckets.js';

test('what a bucket stands for is at most 9.1 % from what was counted in it, or 1 ms', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 3_600_000, noNaN: true }), (ms) => {
      const shown = bucketDuration(durationBucket(ms));
      expect(Math.abs(shown - ms)).toBeLessThanOrEqual(Math.max(1, 0.091 * ms));
    }),
  );
});

test('longer durations are in later buckets, from the first on, and fit a smallint', () => {
  const buckets = [0, 0.4, 0.999, 1, 1.2, 2, 10, 30_000].map(durationBucket);
  expect(buckets).toEqual([0, 0, 0, 1, 2, 5, 14, 60]);
  expect(durationBucket(Number.MAX_SAFE_INTEGER)).toBeLessThan(32_768);
});

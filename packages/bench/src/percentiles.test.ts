import { median, scatter, spread } from './percentiles.js';

test('a hundred values, in any order', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(spread(values)).toEqual({ count: 100, p50: 50, p99: 99, max: 100 });
});

test('one value is all of them; no value is none', () => {
  expect(spread([7])).toEqual({ count: 1, p50: 7, p99: 7, max: 7 });
  expect(spread([])).toEqual({ count: 0, p50: Number.NaN, p99: Number.NaN, max: Number.NaN });
});

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[5], 5],
  [[], Number.NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('rounds of 90, 100 and 110 lie 10 % around their median', () => {
  expect(scatter([110, 90, 100])).toBeCloseTo(0.1);
});

import { sumUp } from './moves.js';

test('moves: of how many, the most, and the mean', () => {
  expect(sumUp([1, 1, 4])).toEqual({ waiting: 3, most: 4, mean: 2 });
  expect(sumUp([])).toEqual({ waiting: 0, most: 0, mean: Number.NaN });
});

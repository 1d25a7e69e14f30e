import { pacing } from './visits.js';

test('how many per second, and how far apart', () => {
  expect(pacing([500, 1400, 2500, 3500])).toEqual({ perSecond: 1, shortestGap: 900, longestGap: 1100 });
});

test.each([[[]], [[500]]])('%j has no pace', (at) => {
  expect(pacing(at)).toEqual({ perSecond: Number.NaN, shortestGap: Number.NaN, longestGap: Number.NaN });
});

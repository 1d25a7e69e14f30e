import { duration, durations, parseDuration } from './duration.js';

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['10', null],
  ['-1s', null],
  ['1.5s', null],
  ['', null],
])('%j is %p ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test('a list, with or without spaces', () => {
  expect(durations.parse('10s, 30s,1m')).toEqual([10_000, 30_000, 60_000]);
});

test('a mistake says what would be right', () => {
  expect(duration.safeParse('soon').error?.issues[0]?.message).toContain('10s');
  expect(durations.safeParse('10s,soon').error?.issues[0]?.message).toContain('10s,30s,1m');
});

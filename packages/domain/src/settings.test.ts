import { duration, durations, flag, integer, parseDuration } from './settings.js';

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['10', null],
  ['-1s', null],
  ['1.5s', null],
  ['', null],
  ['596h', 2_145_600_000],
  // Longer than a timer can wait.
  ['597h', null],
  ['999999999h', null],
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

test('a flag is true or false and nothing else; an integer stays within its bounds', () => {
  expect([flag.parse('true'), flag.parse('false')]).toEqual([true, false]);
  expect(flag.safeParse('yes').error?.issues[0]?.message).toBe('must be true or false');
  expect(integer(1, 10).parse('7')).toBe(7);
  for (const text of ['0', '11', '1.5', 'seven', '1e0', '0x1', '4.', '+4', '']) {
    expect(integer(1, 10).safeParse(text).error?.issues[0]?.message).toBe(
      'must be a whole number from 1 to 10',
    );
  }
});

import { readOptions, UsageError } from './options.js';

test('without options, the usual', () => {
  expect(readOptions([])).toEqual({ rounds: 3, seconds: 8, users: 1 });
});

test('each option has its place', () => {
  const argv = ['--rounds', '1', '--seconds=4', '--users', '3'];
  expect(readOptions(argv)).toEqual({ rounds: 1, seconds: 4, users: 3 });
});

test.each([
  [['--round', '1'], 'round'],
  [['quick'], 'quick'],
  [['--rounds'], 'rounds'],
  [['--rounds', '0'], 'from 1 to 20'],
  [['--seconds', '1.5'], '"1.5"'],
  [['--users', 'many'], '"many"'],
])('%j is answered with a sentence', (argv, part) => {
  const attempt = () => readOptions(argv);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(part);
  expect(attempt).toThrow('npm run bench');
});

import { readOptions, UsageError } from './options.js';

const limits = { rounds: { usual: 3, from: 1, to: 20 }, seconds: { usual: 8, from: 2, to: 120 } };
const read = (argv: string[]) => readOptions('npm run bench --', limits, argv);

test('without options, the usual', () => {
  expect(read([])).toEqual({ rounds: 3, seconds: 8 });
});

test('each option has its place', () => {
  expect(read(['--rounds', '1', '--seconds=4'])).toEqual({ rounds: 1, seconds: 4 });
});

test.each([
  [['--round', '1'], 'round'],
  [['quick'], 'quick'],
  [['--rounds'], 'rounds'],
  [['--rounds', '0'], 'from 1 to 20'],
  [['--seconds', '1.5'], '"1.5"'],
  [['--seconds', 'many'], '"many"'],
])('%j is answered with a sentence', (argv, part) => {
  const attempt = () => read(argv);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(part);
  expect(attempt).toThrow('Use: npm run bench -- [--rounds 3] [--seconds 8]');
});

import { UsageError } from './options.js';
import { chosen } from './scenarios.js';

test.each<[string[]]>([
  [[]],
  [['--rounds', '1']],
  [['fan-out']],
  [['fan-out', '--seconds', '4']],
  [['overload']],
  [['soak', '--minutes', '5']],
])('%j can be run', (argv) => {
  expect(chosen(argv)).toBeInstanceOf(Function);
});

test.each([
  [['fanout'], 'no scenario "fanout"; beside the comparison there is: fan-out'],
  [['constructor'], 'no scenario "constructor"'],
  [['fan-out', '--rounds', '1'], 'Use: npm run bench -- fan-out [--seconds 8]'],
  [['overload', '--times', '1'], '--times takes a whole number from 2 to 10'],
  [['--rounds', '1', 'fan-out'], 'Use: npm run bench -- [--rounds 3] [--seconds 8] [--users 1]'],
])('%j is answered with a sentence', (argv, part) => {
  expect(() => chosen(argv)).toThrow(UsageError);
  expect(() => chosen(argv)).toThrow(part);
});

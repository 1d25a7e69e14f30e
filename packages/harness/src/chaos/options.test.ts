import { faultNames } from './fault-kinds.js';
import { readOptions } from './options.js';

test('without options everything may go wrong for three minutes', () => {
  expect(readOptions([], 5)).toEqual({ seed: 5, minutes: 3, faults: faultNames });
});

test('a seed, a length and faults may be given', () => {
  const argv = ['--seed', '123', '--minutes', '1', '--faults', 'worker-kill,redis-lost'];
  expect(readOptions(argv, 5)).toEqual({ seed: 123, minutes: 1, faults: ['worker-kill', 'redis-lost'] });
});

test.each([
  [['--seed', '1.5'], '--seed takes a whole number from 0 to 4294967295, not "1.5"'],
  [['--minutes', '0.5'], '--minutes takes a whole number from 1 to 60, not "0.5"'],
  [['--faults', 'worker-kill,fire'], 'There is no fault "fire"; there are worker-kill'],
  [['--sed', '1'], "Unknown option '--sed'"],
])('%p is a mistake', (argv, message) => {
  expect(() => readOptions(argv, 5)).toThrow(message);
});

import { readVerdict } from '../src/test-verdict.js';

const report = (numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number) =>
  JSON.stringify({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites });

describe('readVerdict', () => {
  it.each([
    ['all pass', report(3, 0, 0), 'exit code 0', { passed: 3, failed: 0, ok: true }],
    ['one fails', report(2, 1, 0), 'exit code 1', { passed: 2, failed: 1, ok: false }],
    ['a suite cannot run', report(2, 0, 1), 'exit code 1', { passed: 2, failed: 1, ok: false }],
    ['none was found', report(0, 0, 0), 'exit code 1', { passed: 0, failed: 0, ok: false }],
    [
      'none was run, and jest is content',
      report(0, 0, 0),
      'exit code 0',
      { passed: 0, failed: 0, ok: false },
    ],
    [
      'jest objects for a reason of its own',
      report(3, 0, 0),
      'exit code 1',
      { passed: 3, failed: 0, ok: false },
    ],
    ['jest died', undefined, 'SIGKILL', { passed: 0, failed: 1, ok: false }],
  ])('%s', (_case, json, ending, verdict) => {
    expect(readVerdict(json, ending)).toEqual(verdict);
  });
});

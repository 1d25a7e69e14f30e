/** What a test run comes down to. */
export interface Verdict {
  passed: number;
  failed: number;
  ok: boolean;
}

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
}

/**
 * Counts tests; a suite that could not run counts as one that failed, as does a jest that left no report.
 * @param report what jest wrote with --json, undefined when it wrote none
 * @param ending how jest ended; it has the last word on whether all is well
 */
export function readVerdict(report: string | undefined, ending: string): Verdict {
  if (report === undefined) return { passed: 0, failed: 1, ok: false };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(report) as JestReport;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return {
    passed: numPassedTests,
    failed,
    ok: ending === 'exit code 0' && failed === 0 && numPassedTests > 0,
  };
}

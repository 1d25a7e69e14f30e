import type { Outcome, Sent } from '@signalbox/domain';

/** What must be so of every report, whatever it was about: what was expected, in time, fit to be stored. */
export function checkReport(
  sent: Sent,
  outcome: Outcome,
  statusCode: number | null,
  elapsedMs: number,
): void {
  expect(sent.outcome).toEqual(outcome);
  expect(sent.statusCode).toBe(statusCode);
  expect(sent.responseExcerpt === null).toBe(statusCode === null);
  expect(sent.responseExcerpt ?? '').not.toContain('\0');
  expect(sent.responseExcerpt?.length ?? 0).toBeLessThanOrEqual(1024);
  expect(elapsedMs).toBeLessThan(10_000);
}

import { afterAttempt, attemptOutcome } from './delivery.js';

const schedule = [10_000, 30_000];
const first = { attempt: 1, maxAttempts: 3 };
const last = { attempt: 3, maxAttempts: 3 };

test('a delivered outcome ends it', () => {
  const next = afterAttempt(first, { type: 'delivered' }, schedule);
  expect(next).toEqual({ status: 'delivered' });
  expect(attemptOutcome(next)).toBe('success');
});

test('a retry before the last attempt stays pending, with the delay of its place in the schedule', () => {
  const next = afterAttempt(first, { type: 'retry', reason: 'timeout' }, schedule, 0.5);
  expect(next).toEqual({ status: 'pending', reason: 'timeout', delayMs: 10_000 });
  expect(attemptOutcome(next)).toBe('failed_attempt');
});

test('a retry of the last attempt is a failure', () => {
  const next = afterAttempt(last, { type: 'retry', reason: 'server_error' }, schedule);
  expect(next).toEqual({ status: 'failed', reason: 'server_error' });
  expect(attemptOutcome(next)).toBe('failure');
});

test('a refusal ends it at any attempt', () => {
  const next = afterAttempt(first, { type: 'refused', reason: 'gone' }, schedule);
  expect(next).toEqual({ status: 'refused', reason: 'gone' });
  expect(attemptOutcome(next)).toBe('failure');
});

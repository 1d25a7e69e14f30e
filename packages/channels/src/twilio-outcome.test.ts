import type { Outcome } from '@signalbox/domain';
import { twilioOutcome } from './twilio-outcome.js';

const answer = (statusCode: number, body: unknown = '') => ({
  ok: true as const,
  statusCode,
  retryAfter: null,
  excerpt: typeof body === 'string' ? body : JSON.stringify(body),
});
const error = (code: number, status = 400) => answer(status, { code, message: 'No.', more_info: '', status });

const invalidRecipient: Outcome = { type: 'refused', reason: 'invalid_recipient' };
const badText: Outcome = { type: 'refused', reason: 'client_error' };
const ours: Outcome = { type: 'retry', reason: 'client_error' };
const queueFull: Outcome = { type: 'retry', reason: 'rate_limited', afterMs: 300_000 };

test.each([
  [21211, invalidRecipient],
  [21214, invalidRecipient],
  [21217, invalidRecipient],
  [21265, invalidRecipient],
  [21266, invalidRecipient],
  [21408, invalidRecipient],
  [21604, invalidRecipient],
  [21608, invalidRecipient],
  [21610, invalidRecipient],
  [21612, invalidRecipient],
  [21614, invalidRecipient],
  [21635, invalidRecipient],
  [21602, badText],
  [21605, badText],
  [21617, badText],
  [21611, queueFull],
  [30001, queueFull],
  [21212, ours],
  [21603, ours],
  [21606, ours],
  [21659, ours],
  [21660, ours],
  [99999, ours],
])('error %d', (code, outcome) => {
  expect(twilioOutcome(error(code))).toEqual(outcome);
});

test.each([
  [401, 20003, ours],
  [403, 20005, ours],
  [404, 20404, ours],
  [429, 20429, { type: 'retry', reason: 'rate_limited' }],
  [429, 21611, queueFull],
  [500, 20500, { type: 'retry', reason: 'server_error' }],
  [503, 21211, { type: 'retry', reason: 'unavailable' }],
])('%d with error %d', (status, code, outcome) => {
  expect(twilioOutcome(error(code, status))).toEqual(outcome);
});

test.each(['', 'no', '[]', 'null', '{}', '{"code":"21211"}', '{"code":21211'])('400 with %j', (body) => {
  expect(twilioOutcome(answer(400, body))).toEqual(ours);
});

test('only 201 is a message', () => {
  expect(twilioOutcome(answer(201))).toEqual({ type: 'delivered' });
  for (const status of [200, 202, 204])
    expect(twilioOutcome(answer(status))).toEqual({ type: 'retry', reason: 'unexpected_answer' });
});

test('no answer is a retry', () => {
  expect(twilioOutcome({ ok: false, reason: 'timeout' })).toEqual({ type: 'retry', reason: 'timeout' });
});

import { jsonView, type Outcome } from '@signalbox/domain';
import { z } from 'zod';
import type { HttpResult } from './http.js';
import { judge } from './verdict.js';

/** The user's next channel takes over at once. */
const unreachable: Outcome = { type: 'refused', reason: 'invalid_recipient' };
const badText: Outcome = { type: 'refused', reason: 'client_error' };
/** A number sends about one message a second, and takes no more when hours of them wait. */
const queueFull: Outcome = { type: 'retry', reason: 'rate_limited', afterMs: 5 * 60_000 };

/**
 * The errors that mean something else than their status. All that is wrong with our own number or account is left to
 * the status, which says retry: an operator may put it right while the alert waits.
 * Source: twilio.com/docs/api/errors, a page for each.
 */
const byCode = new Map<number, Outcome>([
  // The recipient …
  [21211, unreachable], // is no phone number
  [21214, unreachable], // cannot be reached
  [21217, unreachable], // does not seem to be valid
  [21265, unreachable], // is a short code
  [21266, unreachable], // is our own number
  [21408, unreachable], // is in a country that our account does not send to
  [21604, unreachable], // is missing
  [21608, unreachable], // is not verified, and ours is a trial account
  [21610, unreachable], // has unsubscribed
  [21612, unreachable], // cannot be reached from our number
  [21614, unreachable], // is no mobile number
  [21635, unreachable], // is a landline
  // The text …
  [21602, badText], // is empty
  [21605, badText], // is too long
  [21617, badText], // is too long
  // The queue …
  [21611, queueFull], // of our number is full
  [30001, queueFull], // of our messaging service is full
]);

const errorSchema = z.object({ code: z.number() });

/** What Twilio's answer to a message means for the delivery. */
export function twilioOutcome(result: HttpResult): Outcome {
  const outcome = judge(result);
  if (!result.ok) return outcome;
  // Whatever else says yes is not Twilio, and has sent nothing.
  if (outcome.type === 'delivered' && result.statusCode !== 201)
    return { type: 'retry', reason: 'unexpected_answer' };
  if (result.statusCode < 400 || result.statusCode >= 500) return outcome;
  const error = errorSchema.safeParse(jsonView(Buffer.from(result.excerpt)));
  return (error.success && byCode.get(error.data.code)) || outcome;
}

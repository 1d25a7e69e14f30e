import type { Outcome, Reason } from './outcome.js';
import { retryDelay } from './retry.js';
import type { Reported, Signal } from './signal.js';
import type { Subscriber } from './subscription.js';

/** `pending` is the only state with work left in it; there is none for "being sent" (a lease expires by itself). */
export const deliveryStatuses = [
  'pending',
  'delivered',
  'failed',
  'refused',
  'skipped',
  'canceled',
  'held',
] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** One signal owed to one target over one channel, as a channel needs it for an attempt. */
export interface Delivery {
  id: string;
  signalId: string;
  revision: number;
  channel: string;
  /** Who is reached: a user's id, or `default` for `pagerduty`. */
  target: string;
  /** What the channel sends to, where the target alone does not say it: an email address, … Not to be logged. */
  address: string | null;
  /** 1 for the first attempt. */
  attempt: number;
  maxAttempts: number;
  /** Somebody may have sent it before: an attempt failed, or a worker that had taken it was never heard of again. */
  again: boolean;
  correlationId: string;
  /** The span of the request that brought the signal, as W3C Trace Context writes it; null: none was made. */
  traceParent: string | null;
  createdAt: Date;
  /** For webhooks: where it goes, and what it is sent with; null on every other channel. */
  subscriber: Subscriber | null;
  signal: Reported & Pick<Signal, 'eventType' | 'testMode'>;
}

/** Where a delivery stands after an attempt. */
export type NextState =
  | { status: 'delivered' }
  | { status: 'pending'; reason: Reason; delayMs: number }
  | { status: 'failed' | 'refused'; reason: Reason };

/** The state an outcome leads to; `schedule` in ms, `random` as in {@link retryDelay}. */
export function afterAttempt(
  delivery: Pick<Delivery, 'attempt' | 'maxAttempts'>,
  outcome: Outcome,
  schedule: readonly number[],
  random = Math.random(),
): NextState {
  if (outcome.type === 'delivered') return { status: 'delivered' };
  if (outcome.type === 'refused') return { status: 'refused', reason: outcome.reason };
  if (delivery.attempt >= delivery.maxAttempts) return { status: 'failed', reason: outcome.reason };
  const delayMs = retryDelay(schedule, delivery.attempt, outcome.afterMs, random);
  return { status: 'pending', reason: outcome.reason, delayMs };
}

/** How an attempt is called in the log. Source: requirement W5. */
export type AttemptOutcome = 'success' | 'failed_attempt' | 'failure';

export function attemptOutcome(next: NextState): AttemptOutcome {
  if (next.status === 'delivered') return 'success';
  return next.status === 'pending' ? 'failed_attempt' : 'failure';
}

import type { Severity } from '@signalbox/domain';
import { isObject } from './json-body.js';

/** What an event is about, and what the attributes that changed were before. */
export interface Change {
  object: Record<string, unknown>;
  previous: Record<string, unknown>;
}

/** Source: docs.stripe.com/api/events/types, the types that operators have to act on. */
const severityOf = new Map<string, Severity | ((change: Change) => Severity)>([
  ['payout.failed', 'critical'],
  ['charge.dispute.funds_withdrawn', 'critical'],
  ['account.updated', accountSeverity],
  ['account.application.deauthorized', 'critical'],
  ['topup.failed', 'critical'],
  ['payment_intent.payment_failed', 'warning'],
  ['charge.dispute.created', 'warning'],
  ['radar.early_fraud_warning.created', 'warning'],
  ['review.opened', 'warning'],
  ['invoice.payment_failed', 'warning'],
  ['invoice.finalization_failed', 'warning'],
  ['refund.failed', 'warning'],
  ['payout.canceled', 'warning'],
  ['capability.updated', 'warning'],
  ['checkout.session.async_payment_failed', 'warning'],
  ['account.external_account.updated', 'warning'],
]);

/** How grave a Stripe event is; `info` for every type that nobody has to act on, or that we do not know. */
export function stripeSeverity(type: string, change: Change): Severity {
  // A thin event of the v1 API carries the type of the full one behind this prefix.
  const severity = severityOf.get(type.replace(/^v1\./, '')) ?? 'info';
  return typeof severity === 'function' ? severity(change) : severity;
}

function accountSeverity({ object, previous }: Change): Severity {
  const turnedOff = ['payouts_enabled', 'charges_enabled'].some((flag) => previous[flag] && !object[flag]);
  return turnedOff || isDisabled(object.requirements) ? 'critical' : 'info';
}

function isDisabled(requirements: unknown): boolean {
  return isObject(requirements) && Boolean(requirements.disabled_reason);
}

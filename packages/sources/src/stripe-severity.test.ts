import { stripeSeverity } from './stripe-severity.js';

const nothing = { object: {}, previous: {} };

test.each([
  ['payout.failed', 'critical'],
  ['charge.dispute.funds_withdrawn', 'critical'],
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
  ['account.updated', 'info'],
  ['payout.paid', 'info'],
  ['charge.failed', 'info'],
  ['v2.core.account.closed', 'info'],
  ['constructor', 'info'],
  ['', 'info'],
])('%s is %s, as a full and as a thin event', (type, severity) => {
  expect(stripeSeverity(type, nothing)).toBe(severity);
  expect(stripeSeverity(`v1.${type}`, nothing)).toBe(severity);
});

test.each([
  ['payouts turned off', { payouts_enabled: false }, { payouts_enabled: true }, 'critical'],
  ['charges turned off', { charges_enabled: false }, { charges_enabled: true }, 'critical'],
  ['payouts turned on', { payouts_enabled: true }, { payouts_enabled: false }, 'info'],
  ['off all along', { payouts_enabled: false }, { email: 'a@example.com' }, 'info'],
  ['disabled', { requirements: { disabled_reason: 'rejected.fraud' } }, {}, 'critical'],
  ['not disabled', { requirements: { disabled_reason: null } }, {}, 'info'],
  ['no requirements', { requirements: null }, {}, 'info'],
])('account.updated, %s', (_, object, previous, severity) => {
  expect(stripeSeverity('account.updated', { object, previous })).toBe(severity);
});

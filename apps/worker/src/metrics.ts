import { channelNames } from '@signalbox/channels';
import { type Outcome, reasons } from '@signalbox/domain';
import type { AttemptRecord } from '@signalbox/postgres';
import { fanOutQueueName, queueName } from '@signalbox/redis';
import { Counter, Histogram, metrics } from '@signalbox/runtime';

/** What our own work adds to a moment, and how long a receiver may take. Unit: s. */
const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const attempts = new Counter({
  name: 'signalbox_delivery_attempts_total',
  help: 'Attempts on record. failed_attempt: it is tried again; failure: it was the last, or never will work.',
  labelNames: ['channel', 'outcome', 'reason'],
  registers: [metrics],
});

const attemptDuration = new Histogram({
  name: 'signalbox_delivery_attempt_duration_seconds',
  help: 'How long attempts took, whatever came of them.',
  labelNames: ['channel'],
  buckets: durations,
  registers: [metrics],
});

const lag = new Histogram({
  name: 'signalbox_delivery_lag_seconds',
  help: 'From the moment a delivery was promised to its arrival: waiting, retries and quiet hours included.',
  labelNames: ['channel'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1_800, 10_800, 43_200],
  registers: [metrics],
});

const deadLetters = new Counter({
  name: 'signalbox_dead_letters_total',
  help: 'Deliveries that have ended without arriving, by the reason of their last attempt.',
  labelNames: ['channel', 'reason'],
  registers: [metrics],
});

/** Counts an attempt that was recorded. */
export function countAttempt(
  channel: string,
  { outcome, error, durationMs }: Pick<AttemptRecord, 'outcome' | 'error' | 'durationMs'>,
  lagMs: number,
): void {
  attempts.inc({ channel, outcome, reason: error ?? 'none' });
  attemptDuration.observe({ channel }, durationMs / 1_000);
  // Our clock may be behind that of Postgres.
  if (outcome === 'success') lag.observe({ channel }, Math.max(0, lagMs) / 1_000);
  if (outcome === 'failure' && error) deadLetters.inc({ channel, reason: error });
}

const partnerDuration = new Histogram({
  name: 'signalbox_partner_attempt_duration_seconds',
  help: 'How long attempts took, by who owns the subscription. Beyond 100 partners all of them are "other".',
  labelNames: ['partner'],
  buckets: durations,
  registers: [metrics],
});

const partnerFailures = new Counter({
  name: 'signalbox_partner_failed_attempts_total',
  help: 'Attempts that did not deliver, by who owns the subscription.',
  labelNames: ['partner'],
  registers: [metrics],
});

/** Counts an attempt for the partner who owns its subscription; null: nobody does. */
export function countForPartner(partnerId: string | null, outcome: Outcome, durationMs: number): void {
  const partner = partnerId === null ? 'none' : partnerLabel(partnerId);
  partnerDuration.observe({ partner }, durationMs / 1_000);
  partnerFailures.inc({ partner }, outcome.type === 'delivered' ? 0 : 1);
}

const mostPartners = 100;
const partners = new Set<string>();

function partnerLabel(id: string): string {
  if (partners.size > mostPartners) return 'other';
  partners.add(id);
  if (partners.size <= mostPartners) return id;
  // What was counted so far would stay as it is, and be taken for all there is.
  partnerDuration.reset();
  partnerFailures.reset();
  return 'other';
}

/** What the sweep makes up for, by how it was found. */
export const rescues = new Counter({
  name: 'signalbox_sweep_rescues_total',
  help: 'Deliveries and fan-outs that were owed and had no job, and were given one.',
  labelNames: ['queue', 'kind'],
  registers: [metrics],
});

/** Deliveries over a user's next channel. */
export const fallbacks = new Counter({
  name: 'signalbox_fallbacks_total',
  help: 'Deliveries made because an earlier channel of the user failed or took too long, by the channel tried next.',
  labelNames: ['channel'],
  registers: [metrics],
});

/** Deliveries that wait for their subscription no longer. */
export const heldReleased = new Counter({
  name: 'signalbox_held_released_total',
  help: 'Deliveries held for a disabled subscription that were put in line again.',
  registers: [metrics],
});

/** How targets do. */
export const targetChanges = new Counter({
  name: 'signalbox_target_changes_total',
  help: 'Circuit breakers that opened or closed, and targets that became much faster (recovered).',
  labelNames: ['change'],
  registers: [metrics],
});

// What is rare is there from the start: nobody sees a counter rise that appears with its first event.
for (const change of ['opened', 'closed', 'recovered']) targetChanges.inc({ change }, 0);
for (const channel of channelNames) {
  fallbacks.inc({ channel }, 0);
  for (const reason of reasons) deadLetters.inc({ channel, reason }, 0);
  for (const kind of ['passed_over', 'overdue', 'redis_lost']) {
    rescues.inc({ queue: queueName(channel), kind }, 0);
  }
}
rescues.inc({ queue: fanOutQueueName, kind: 'fan_out' }, 0);

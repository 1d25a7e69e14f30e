import type { Send } from '@signalbox/channels';
import { afterAttempt, attemptOutcome, type Delivery, type NextState, type Sent } from '@signalbox/domain';
import type { AttemptRecord } from '@signalbox/postgres';
import { deliveryAttempted, inSpan, type Log } from '@signalbox/runtime';
import { attemptSpan, tellAttempt } from './attempt-span.js';
import type { Desk } from './desk.js';
import { countAttempt } from './metrics.js';

/** An attempt that was made. */
export interface Attempted {
  /** Where the delivery stands now; null when another worker had recorded this attempt: what comes next is that one's business. */
  next: NextState | null;
  sent: Sent;
}

/**
 * One attempt: sends, records, says so in one line. Throws only for a bug of ours, which costs the delivery no attempt.
 */
export async function attempt(
  delivery: Delivery,
  send: Send,
  schedule: readonly number[],
  desk: Desk,
  log: Log,
): Promise<Attempted> {
  const attemptedAt = new Date();
  const started = performance.now();
  const { sent, next } = await inSpan(attemptSpan(delivery), async (span) => {
    const sent = await send(delivery);
    const next = afterAttempt(delivery, sent.outcome, schedule);
    if (span) tellAttempt(span, sent, next);
    return { sent, next };
  });
  const durationMs = sent.durationMs ?? performance.now() - started;
  const record = toRecord(delivery, sent, next, attemptedAt, durationMs);
  const recorded = await desk.record(record);
  const lagMs = Date.now() - delivery.createdAt.getTime();
  if (recorded) countAttempt(delivery.channel, record, lagMs);
  say(log, delivery, record, recorded, lagMs);
  return { next: recorded ? next : null, sent };
}

function toRecord(
  delivery: Delivery,
  sent: Sent,
  next: NextState,
  attemptedAt: Date,
  durationMs: number,
): AttemptRecord {
  return {
    deliveryId: delivery.id,
    attempt: delivery.attempt,
    attemptedAt,
    outcome: attemptOutcome(next),
    statusCode: sent.statusCode,
    error: next.status === 'delivered' ? null : next.reason,
    durationMs,
    targetUrl: sent.targetUrl,
    responseExcerpt: sent.responseExcerpt,
    status: next.status,
    delayMs: next.status === 'pending' ? next.delayMs : null,
  };
}

function say(log: Log, delivery: Delivery, record: AttemptRecord, recorded: boolean, lagMs: number): void {
  deliveryAttempted(log, {
    correlation_id: delivery.correlationId,
    delivery_id: delivery.id,
    signal_id: delivery.signalId,
    channel: delivery.channel,
    target: delivery.target,
    attempt: delivery.attempt,
    max_attempts: delivery.maxAttempts,
    outcome: record.outcome,
    reason: record.error,
    status_code: record.statusCode,
    target_host: URL.canParse(record.targetUrl) ? new URL(record.targetUrl).host : '',
    duration_ms: Math.round(record.durationMs * 100) / 100,
    lag_ms: lagMs,
    next_attempt_in_ms: record.delayMs,
    recorded,
  });
}

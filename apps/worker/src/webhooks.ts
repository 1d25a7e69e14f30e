import type { Send } from '@signalbox/channels';
import type { Delivery, Outcome, Sent } from '@signalbox/domain';
import type { Transformer } from '@signalbox/jsonata';
import { cancel, extendLease, hold, noteFailing, noteWorking, type Pool } from '@signalbox/postgres';
import {
  type AdmissionRequest,
  type AttemptReport,
  admit,
  type Redis,
  settleAdmissions,
  type TargetChange,
} from '@signalbox/redis';
import { groupCommit } from '@signalbox/runtime';
import type { Delivering } from './deliver.js';
import { countForPartner } from './metrics.js';
import type { Ready } from './subscribers.js';

export interface Sending {
  pool: Pool;
  redis: Redis;
  find: (subscriptionId: string) => Promise<Ready | null>;
  transformer: Transformer;
  /** The webhook channel's own. */
  send: Send;
  /** Waits after the attempts where the subscription does not say. */
  schedule: readonly number[];
  /** The receiver answered 410. */
  onGone: (subscriptionId: string) => Promise<void>;
  /** The target's breaker moved, or the target has recovered. */
  onChange: (change: TargetChange) => void;
}

/** How the deliveries of subscriptions differ from all others: where to, when, and what of. */
export interface Webhooks {
  prepare: NonNullable<Delivering['prepare']>;
  turn: NonNullable<Delivering['turn']>;
  /** @throws CannotOpen */
  send: Send;
  scheduleOf: (delivery: Delivery) => readonly number[];
  /** Says what came of an attempt that is on record: the next ones to this target depend on it. */
  report: (delivery: Delivery, sent: Sent) => Promise<void>;
}

/** What is left of a lease when an attempt has taken all its time: for recording it. Unit: ms. */
const leaseMarginMs = 5_000;
/** How long a delivery is leased for; an attempt that may take longer has its lease extended. Unit: ms. */
export const webhookLeaseMs = 15_000;

/** A gate that nobody could keep must not be in the way of the others. */
const batches = {
  maxItems: 100,
  maxInFlight: 2,
  maxQueued: 100_000,
  isPoison: (error: unknown) => error instanceof RangeError,
};

export function openWebhooks(context: Sending): Webhooks {
  const { pool, redis, find, schedule } = context;
  const admitOne = groupCommit((requests: AdmissionRequest[]) => admit(redis, requests), batches);
  const settleOne = groupCommit(async (reports: AttemptReport[]) => {
    for (const change of await settleAdmissions(redis, reports)) context.onChange(change);
    return reports;
  }, batches);

  // From `prepare` to `report` all looks at the subscription as it was when the delivery was prepared: what is changed
  // or deleted in between must not make half of an attempt different, or let a body out that its transform has not seen.
  const underWay = new WeakMap<Delivery, UnderWay>();
  const preparedAs = (delivery: Delivery) => underWay.get(delivery) ?? unprepared(delivery);

  return {
    prepare: async (leased) => {
      const ready = await find(leased.target);
      if (!ready?.subscription.enabled) {
        await (ready ? hold(pool, leased.id) : cancel(pool, leased.id, 'subscription_deleted'));
        return null;
      }
      const leaseMs = leaseFor(ready);
      if (leaseMs > webhookLeaseMs) await extendLease(pool, leased.id, leaseMs);
      underWay.set(leased, { ready, admittedAt: 0 });
      return leased;
    },
    turn: async (delivery, reserved) => {
      const { ready } = preparedAs(delivery);
      const request = { gate: ready.gate, delivery: delivery.id, reserved, leaseMs: leaseFor(ready) };
      const waitMs = await admitOne(request);
      underWay.set(delivery, { ready, admittedAt: performance.now() });
      return waitMs;
    },
    scheduleOf: (delivery) => preparedAs(delivery).ready.subscription.retrySchedule ?? schedule,
    send: (delivery) => transformAndSend(delivery, preparedAs(delivery).ready, context),
    report: async (delivery, sent) => {
      // What was not sent says nothing about the target; its place is free again when its lease ends.
      if (isUnsent(sent)) return;
      const { ready, admittedAt } = preparedAs(delivery);
      countForPartner(ready.subscription.partnerId, sent.outcome, sent.durationMs ?? 0);
      const durationMs = performance.now() - admittedAt;
      const report = { gate: ready.gate, delivery: delivery.id, durationMs, ...reportOf(sent.outcome) };
      await settleOne(report);
      await noteHealth(ready, sent.outcome, context);
    },
  };
}

/** What is known of a delivery while it is attempted. */
interface UnderWay {
  ready: Ready;
  /** By the clock of `performance`; 0: it was not yet. Unit: ms. */
  admittedAt: number;
}

function unprepared({ id }: Delivery): never {
  throw new Error(`Delivery ${id} was not prepared.`);
}

function isUnsent({ outcome }: Sent): boolean {
  return outcome.type !== 'delivered' && unsent.has(outcome.reason);
}

const unsent: ReadonlySet<string> = new Set(['transform_failed', 'secret_unavailable']);

function leaseFor({ subscription }: Ready): number {
  return subscription.timeoutMs + leaseMarginMs;
}

async function transformAndSend(delivery: Delivery, ready: Ready, context: Sending): Promise<Sent> {
  const subscriber = ready.subscriber(delivery, new Date());
  const transformed = await transform(subscriber.body, ready, context.transformer);
  if (transformed.ok) {
    const started = performance.now();
    const sent = await context.send({ ...delivery, subscriber: { ...subscriber, body: transformed.body } });
    return { ...sent, durationMs: performance.now() - started };
  }
  const outcome = { type: 'refused', reason: 'transform_failed' } as const;
  return { outcome, targetUrl: subscriber.url, statusCode: null, responseExcerpt: transformed.detail };
}

async function transform(body: Buffer, ready: Ready, transformer: Transformer) {
  if (ready.reshape) return { ok: true, body: ready.reshape(body) } as const;
  const expression = ready.subscription.transform?.jsonata;
  if (expression === undefined) return { ok: true, body } as const;
  return transformer.evaluate(expression, body);
}

/** What an outcome says about the target. Whoever refuses a delivery has answered, and is well. */
function reportOf(outcome: Outcome): Pick<AttemptReport, 'result' | 'retryAfterMs'> {
  const retryAfterMs = outcome.type === 'retry' ? (outcome.afterMs ?? null) : null;
  if (outcome.type !== 'retry') return { result: 'ok', retryAfterMs };
  if (outcome.reason === 'rate_limited' || outcome.reason === 'unavailable') {
    return { result: 'throttled', retryAfterMs };
  }
  return { result: answers.has(outcome.reason) ? 'ok' : 'failed', retryAfterMs };
}

const answers: ReadonlySet<string> = new Set(['client_error', 'redirected']);

async function noteHealth(
  { subscription }: Ready,
  outcome: Outcome,
  { pool, onGone }: Sending,
): Promise<void> {
  const { id, failingSince } = subscription;
  if (outcome.type === 'delivered') return failingSince ? noteWorking(pool, id) : undefined;
  if (outcome.reason === 'gone') await onGone(id);
  else if (!failingSince) await noteFailing(pool, id);
}

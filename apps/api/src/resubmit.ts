import type { Signal } from '@signalbox/domain';
import type { FoundRejected } from '@signalbox/postgres';
import {
  type Inbound,
  isRejection,
  normalizeEvent,
  normalizeWebhook,
  type Rejection,
  sources,
} from '@signalbox/sources';
import type { Context } from './context.js';
import { unknownStores } from './metrics.js';
import { accept } from './receive.js';

/** A request that was turned away, or what an operator made of it. */
export type Resubmission = Pick<
  FoundRejected,
  'id' | 'source' | 'headers' | 'subscription_id' | 'received_at' | 'body'
>;

/** What became of it. */
export type Resubmitted =
  | { type: 'accepted' | 'deduped'; signalId: string }
  /** By the rules of today. */
  | { type: 'refused'; rejection: Rejection }
  | { type: 'unavailable'; detail: string };

/**
 * Takes a request in that was turned away, on the path of its source. Who sent it was proven when it came. However often
 * this is done, it is one signal.
 */
export async function resubmit(
  resubmission: Resubmission,
  correlationId: string,
  { gateway, subscriptions }: Pick<Context, 'gateway' | 'subscriptions'>,
): Promise<Resubmitted> {
  const signal = readAgain(resubmission);
  if (isRejection(signal)) return { type: 'refused', rejection: signal };
  const { audience } = signal;
  if (audience.type === 'subscription' && !(await subscriptions.find(audience.id))) {
    return { type: 'refused', rejection: gone(audience.id) };
  }
  const accepted = await accept(signal, correlationId, gateway);
  if (accepted.type === 'unavailable') return accepted;
  if (accepted.type === 'seen') return { type: 'deduped', signalId: accepted.signalId };
  const { stored, unknownStore } = accepted;
  if (stored.type === 'duplicate') return { type: 'deduped', signalId: stored.signalId };
  if (unknownStore) unknownStores.inc();
  return { type: 'accepted', signalId: stored.signalId };
}

function readAgain(resubmission: Resubmission): Signal | Rejection {
  const { id, source: name, headers, subscription_id: subscriptionId, received_at, body } = resubmission;
  const inbound = { bytes: body, headers, receivedAt: received_at };
  if (name === 'events') return readOnce(normalizeEvent, inbound, id);
  if (subscriptionId !== null) {
    const webhook = { subscriptionId, eventTypeQuery: undefined };
    return readOnce((inbound) => normalizeWebhook({ ...inbound, ...webhook }), inbound, id);
  }
  return sources.find((source) => source.name === name)?.normalize(inbound) ?? noSource(name);
}

/** What its sender gave no key has the rejected request's own. */
function readOnce(
  normalize: (inbound: Inbound) => { signal: Signal; keyed: boolean } | Rejection,
  inbound: Inbound,
  key: string,
): Signal | Rejection {
  const read = normalize(inbound);
  if ('status' in read) return read;
  if (read.keyed) return read.signal;
  return readOnce(normalize, { ...inbound, headers: { ...inbound.headers, 'idempotency-key': key } }, key);
}

function gone(subscriptionId: string): Rejection {
  const detail = `There is no subscription ${subscriptionId} any more; dismiss it.`;
  return { status: 400, reason: 'unknown_subscription', detail };
}

function noSource(name: string): Rejection {
  return {
    status: 400,
    reason: 'unknown_source',
    detail: `There is no source ${name} any more; dismiss it.`,
  };
}

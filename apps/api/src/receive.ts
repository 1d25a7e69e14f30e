import { newId, type Routed, route, type Signal } from '@signalbox/domain';
import type { Stored } from '@signalbox/postgres';
import { inSpan, traceParent } from '@signalbox/runtime';
import { type Answer, type Inbound, isRejection, type Rejection, type Source } from '@signalbox/sources';
import type { Gateway } from './gateway.js';
import { keepRejection, type Place } from './keep-rejected.js';
import { whyUnavailable } from './unavailable.js';

/** What became of a request at an ingest door; only the first three are answered 2xx. */
export type Receipt =
  | ({ outcome: 'accepted' | 'revised'; answer: Answer; signal: Signal } & Kept)
  | { outcome: 'deduped'; answer: Answer; signal: Signal; signalId: string }
  | { outcome: 'rejected'; rejection: Rejection }
  | { outcome: 'unavailable'; detail: string };

/**
 * The path of every signal that is sent to us. When the outcome is `accepted`, the signal and every delivery it owes
 * are durable; when it is `unavailable`, nothing was promised and the sender's next try is no duplicate.
 */
export async function receive(
  inbound: Inbound,
  source: Source,
  settings: Record<string, unknown>,
  correlationId: string,
  gateway: Gateway,
): Promise<Receipt> {
  const untrusted = source.verify(inbound, settings);
  if (untrusted) return { outcome: 'rejected', rejection: untrusted };

  const signal = source.normalize(inbound);
  if (isRejection(signal)) {
    return reject(signal, inbound, { source: source.name, subscriptionId: null, correlationId }, gateway);
  }

  return toReceipt(await accept(signal, correlationId, gateway), signal, source);
}

/** A signal that is durable. */
interface Kept {
  stored: Stored;
  /** Its jobs are in their queues; else the sweep sees to it. */
  enqueued: boolean;
  /** It is about a store nobody told us of. */
  unknownStore: boolean;
}

/** What became of a signal; `unavailable`: nothing was promised. */
export type Accepted =
  | ({ type: 'stored' } & Kept)
  | { type: 'seen'; signalId: string }
  | { type: 'unavailable'; detail: string };

/** What is known of a signal besides itself. */
export interface Circumstances {
  /** The signal that speaks for this one, which then pages nobody. */
  suppressedBy?: string | null;
  /** Its dedupe key was made up for it, so that nobody can have sent it before. */
  unique?: boolean;
}

/** The part of the path that does not depend on how a signal came to us. */
export async function accept(
  signal: Signal,
  correlationId: string,
  gateway: Gateway,
  circumstances: Circumstances = {},
): Promise<Accepted> {
  const key = `${signal.source}:${signal.dedupeKey}:${signal.version}`;
  const { unique = false } = circumstances;
  if (!unique) {
    const claim = await inSpan({ name: 'claim' }, () => gateway.claim(key));
    if (claim.type === 'seen') return claim;
  }
  const settle = (signalId: string | null) => (unique ? undefined : gateway.settle({ key, signalId }));

  const kept = await resolveAndStore(signal, correlationId, gateway, circumstances);
  if ('detail' in kept) {
    await settle(null);
    return kept;
  }
  const { stored, unknownStore } = kept;
  const enqueuing = inSpan({ name: 'enqueue' }, () => gateway.enqueue(stored));
  const [, enqueued] = await Promise.all([settle(stored.signalId), enqueuing]);
  return { type: 'stored', stored, enqueued, unknownStore };
}

const nobody: Routed = { targets: [], untold: [] };

async function resolveAndStore(
  signal: Signal,
  correlationId: string,
  gateway: Gateway,
  { suppressedBy = null }: Circumstances,
): Promise<Omit<Kept, 'enqueued'> | { type: 'unavailable'; detail: string }> {
  const { maxAttempts } = gateway;
  try {
    const directory = await gateway.directory(signal);
    const routed = suppressedBy === null ? route(signal, directory) : nobody;
    const item = { id: newId(), signal, routed, fanOut: directory.tooMany, maxAttempts, correlationId };
    const signalToStore = { ...item, traceParent: traceParent(), suppressedBy };
    const stored = await inSpan({ name: 'store' }, () => gateway.store(signalToStore));
    return { stored, unknownStore: directory.unknownStore };
  } catch (error) {
    const detail = whyUnavailable(error);
    if (detail === null) throw error;
    return { type: 'unavailable', detail };
  }
}

function toReceipt(accepted: Accepted, signal: Signal, source: Source): Receipt {
  if (accepted.type === 'unavailable') return { outcome: 'unavailable', detail: accepted.detail };
  if (accepted.type === 'seen') return deduped(signal, source, accepted.signalId);
  const { stored, enqueued, unknownStore } = accepted;
  if (stored.type === 'duplicate') return deduped(signal, source, stored.signalId);
  const outcome = stored.type === 'new' ? 'accepted' : 'revised';
  return { outcome, answer: source.accepted(signal), signal, stored, enqueued, unknownStore };
}

async function reject(
  rejection: Rejection,
  inbound: Inbound,
  place: Place,
  gateway: Gateway,
): Promise<Receipt> {
  const detail = await keepRejection(rejection, inbound, place, gateway);
  return detail === null ? { outcome: 'rejected', rejection } : { outcome: 'unavailable', detail };
}

function deduped(signal: Signal, source: Source, signalId: string): Receipt {
  return { outcome: 'deduped', answer: source.deduped(signal), signal, signalId };
}

import type { Signal } from '@signalbox/domain';
import { bodyOfSignal, type Pool, type Stored } from '@signalbox/postgres';
import type { Gateway } from './gateway.js';
import { accept } from './receive.js';

/** What became of a request that may carry an idempotency key. */
export type Keyed =
  | { type: 'new'; stored: Stored; enqueued: boolean }
  /** The same request again, or twice at once. */
  | { type: 'repeated'; signalId: string }
  /** The key was used for another body. */
  | { type: 'conflict'; signalId: string }
  | { type: 'unavailable'; detail: string };

/** Accepts a signal once per idempotency key; without a key every request is a signal of its own. */
export async function acceptKeyed(
  { signal, keyed }: { signal: Signal; keyed: boolean },
  correlationId: string,
  { gateway, pool }: { gateway: Gateway; pool: Pool },
): Promise<Keyed> {
  const accepted = await accept(signal, correlationId, gateway, { unique: !keyed });
  if (accepted.type === 'unavailable') return accepted;
  if (accepted.type === 'stored' && accepted.stored.type === 'new') {
    return { type: 'new', stored: accepted.stored, enqueued: accepted.enqueued };
  }
  const signalId = accepted.type === 'seen' ? accepted.signalId : accepted.stored.signalId;
  const known = await bodyOfSignal(pool, signalId);
  return { type: known?.equals(signal.raw) ? 'repeated' : 'conflict', signalId };
}

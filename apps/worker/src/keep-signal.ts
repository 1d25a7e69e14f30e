import { maxAttempts, newId, type RoutingPolicy, route, type Signal } from '@signalbox/domain';
import { type Pool, type Stored, storeSignals } from '@signalbox/postgres';
import { type Log, traceParent } from '@signalbox/runtime';
import { type AllQueues, putInQueues } from './put-in-queues.js';

export interface Keeping {
  pool: Pool;
  queues: AllQueues;
  log: Log;
  policy: RoutingPolicy;
  schedule: readonly number[];
}

/**
 * Keeps a signal that no sender waits for, and puts what the operators are owed of it in line.
 * @param suppressedBy the signal that speaks for this one, which then pages nobody
 */
export async function keepSignal(
  signal: Signal,
  suppressedBy: string | null,
  correlationId: string,
  { pool, queues, log, policy, schedule }: Keeping,
): Promise<Stored> {
  const nobody = { targets: [], untold: [] };
  const routed = suppressedBy === null ? route(signal, { members: [], subscriptions: [], policy }) : nobody;
  const item = {
    id: newId(),
    signal,
    routed,
    fanOut: false,
    maxAttempts: maxAttempts(schedule),
    correlationId,
    traceParent: traceParent(),
    suppressedBy,
  };
  const [stored] = await storeSignals(pool, [item]);
  if (!stored) throw new Error('storeSignals answers once per signal');
  await putInQueues(stored.owed, queues, log);
  return stored;
}

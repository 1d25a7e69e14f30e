import { newId, type Signal, type Target } from '@signalbox/domain';

/** A signal and everyone it is owed to, ready to be kept. */
export interface NewSignal {
  id: string;
  signal: Signal;
  targets: Target[];
  /** How many requests each delivery may cost in all. */
  maxAttempts: number;
  correlationId: string;
  /** The signal that speaks for this one, which therefore pages nobody; null otherwise. */
  suppressedBy: string | null;
}

/** A delivery that now exists and wants a job. */
export interface Owed {
  id: string;
  channel: string;
  correlationId: string;
}

/** What became of a signal: `duplicate` means that it, in this version or a later one, was known. */
export interface Stored {
  type: 'new' | 'revised' | 'duplicate';
  signalId: string;
  revision: number;
  owed: Owed[];
}

/** A delivery as the SQL of this package takes it in. */
export function deliveriesOf({ id, targets, maxAttempts }: NewSignal) {
  return targets.map((target) => ({
    id: newId(),
    signal_id: id,
    channel: target.channel,
    target: target.target,
    target_user_id: target.userId,
    max_attempts: maxAttempts,
  }));
}

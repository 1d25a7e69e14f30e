import type { Routed, Signal } from '@signalbox/domain';

/** A signal and everyone it is owed to, ready to be kept. */
export interface NewSignal {
  id: string;
  signal: Signal;
  routed: Routed;
  /** It concerns more users than one transaction should write deliveries for: only the duty to tell them is kept. */
  fanOut: boolean;
  /** How many requests each delivery may cost in all. */
  maxAttempts: number;
  correlationId: string;
  /** The span of its request, as W3C Trace Context writes it; null while tracing is off. */
  traceParent: string | null;
  /** The signal that speaks for this one, which therefore pages nobody; null otherwise. */
  suppressedBy: string | null;
}

/** A delivery that now exists and wants a job. */
export interface Owed {
  id: string;
  channel: string;
  correlationId: string;
  /** Its first attempt is due then; null: at once. */
  notBefore: Date | null;
  /** How many attempts it has. */
  attempts: number;
}

/** What became of a signal: `duplicate` means that it, in this version or a later one, was known. */
export interface Stored {
  type: 'new' | 'revised' | 'duplicate';
  signalId: string;
  revision: number;
  owed: Owed[];
  /** The deliveries of a new signal in the order of its targets, those that are skipped too. */
  deliveryIds?: string[];
  /** Its deliveries are still to be written, by the worker's fan-out. */
  fanOut: boolean;
}

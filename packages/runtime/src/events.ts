import type { Log } from './log.js';

/** What became of a request at an ingest door. */
export interface SignalReceived {
  correlation_id: string;
  source: string;
  outcome: 'accepted' | 'revised' | 'deduped' | 'rejected' | 'unavailable';
  status: number;
  duration_ms: number;
  bytes: number;
  reason?: string;
  signal_id?: string;
  event_id?: string;
  event_type?: string;
  severity?: string;
  revision?: number;
  deliveries?: number;
  claim?: string;
  enqueued?: boolean;
  /** Its deliveries are written by the worker. */
  fan_out?: true;
  unknown_store?: true;
}

/** What became of one attempt. */
export interface DeliveryAttempted {
  correlation_id: string;
  delivery_id: string;
  signal_id: string;
  channel: string;
  target: string;
  attempt: number;
  max_attempts: number;
  outcome: string;
  reason: string | null;
  status_code: number | null;
  target_host: string;
  duration_ms: number;
  /** From the moment the delivery was promised to the end of this attempt. */
  lag_ms: number;
  next_attempt_in_ms: number | null;
  /** false: another worker had recorded this attempt already. */
  recorded: boolean;
}

/** The one line per request at an ingest door. */
export function signalReceived(log: Log, fields: SignalReceived): void {
  log.info(fields, 'signal.received');
}

/** The one line per attempt. */
export function deliveryAttempted(log: Log, fields: DeliveryAttempted): void {
  log.info(fields, 'delivery.attempted');
}

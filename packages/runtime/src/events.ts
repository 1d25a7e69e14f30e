import type { Log } from './log.js';
import { isTracing, type SpanAttributes, tellSpan } from './tracing.js';

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

/** The one line per request at an ingest door; the span of the request says the same. */
export function signalReceived(log: Log, fields: SignalReceived): void {
  log.info(fields, 'signal.received');
  if (isTracing()) tellSpan(signalAttributes(fields));
}

function signalAttributes(fields: SignalReceived): SpanAttributes {
  return {
    'signalbox.correlation_id': fields.correlation_id,
    'signalbox.source': fields.source,
    'signalbox.outcome': fields.outcome,
    'signalbox.reason': fields.reason,
    'signalbox.signal_id': fields.signal_id,
    'signalbox.revision': fields.revision,
    'signalbox.deliveries': fields.deliveries,
    'signalbox.fan_out': fields.fan_out,
  };
}

/** The one line per attempt. */
export function deliveryAttempted(log: Log, fields: DeliveryAttempted): void {
  log.info(fields, 'delivery.attempted');
}

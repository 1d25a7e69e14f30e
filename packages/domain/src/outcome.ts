/**
 * Why an attempt did not deliver. The list is closed: it is stored on the row, it labels the metrics, and
 * every channel chooses from it.
 */
export const reasons = [
  'timeout',
  'dns_failed',
  'connection_refused',
  'connection_reset',
  'connection_failed',
  'tls_failed',
  'redirected',
  'rate_limited',
  'client_error',
  'server_error',
  'unavailable',
  'gone',
  'unexpected_answer',
  'invalid_target',
  'forbidden_target',
  'forbidden_address',
  'https_required',
  'invalid_recipient',
  'not_configured',
  'transform_failed',
  'secret_unavailable',
] as const;
export type Reason = (typeof reasons)[number];

/**
 * What came of one attempt. `retry` may work later (`afterMs`: the receiver asked for at least that many
 * milliseconds), `refused` never will. A bug of ours is an exception instead and is charged to nobody.
 */
export type Outcome =
  | { type: 'delivered' }
  | { type: 'retry'; reason: Reason; afterMs?: number }
  | { type: 'refused'; reason: Reason };

/** One attempt as a channel reports it. */
export interface Sent {
  outcome: Outcome;
  targetUrl: string;
  /** null when no answer came. */
  statusCode: number | null;
  /** The first bytes of the answer as text; null when none came. */
  responseExcerpt: string | null;
  /** How long it took, where there was more to do than that; else all of the call counts. Unit: ms. */
  durationMs?: number;
}

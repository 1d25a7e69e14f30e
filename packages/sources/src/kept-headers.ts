import type { IncomingHttpHeaders } from 'node:http';
import { idempotencyKey } from './idempotency-key.js';

/**
 * Of a request's headers, those that say what it means: with them its body can be normalized again. Signatures are not
 * among them, and an idempotency key only if it is one.
 */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const idempotency = idempotencyKey(headers);
  const kept = {
    'content-type': headers['content-type'],
    'x-event-type': headers['x-event-type'],
    'idempotency-key': 'key' in idempotency ? idempotency.key : null,
  };
  return Object.fromEntries(
    Object.entries(kept).filter((header): header is [string, string] => typeof header[1] === 'string'),
  );
}

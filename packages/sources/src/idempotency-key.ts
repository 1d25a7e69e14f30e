import type { IncomingHttpHeaders } from 'node:http';
import type { Rejection } from './source.js';

/**
 * The key a sender calls a request by, so that its repetition is known for one; null where it gave none.
 * Source: the IETF draft on the Idempotency-Key header field; unlike there, quotes are part of it.
 */
export function idempotencyKey(headers: IncomingHttpHeaders): { key: string | null } | Rejection {
  const given = headers['idempotency-key'];
  if (given === undefined) return { key: null };
  if (typeof given === 'string' && /^[\x21-\x7e]{1,255}$/.test(given)) return { key: given };
  return {
    status: 400,
    reason: 'bad_idempotency_key',
    detail: 'The Idempotency-Key header must be 1 to 255 visible ASCII characters.',
  };
}

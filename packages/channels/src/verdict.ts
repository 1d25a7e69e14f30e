import type { Outcome, Reason, Sent } from '@signalbox/domain';
import type { HttpResult } from './http.js';

/** The report of an attempt that was one POST. */
export function report(targetUrl: string, result: HttpResult, outcome = judge(result)): Sent {
  return result.ok
    ? { outcome, targetUrl, statusCode: result.statusCode, responseExcerpt: result.excerpt }
    : { outcome, targetUrl, statusCode: null, responseExcerpt: null };
}

/**
 * What a receiver's answer, or its silence, means for the delivery. Source of the rules for answers: requirement W4.
 * @param now Unix ms, against which a Retry-After date is read
 */
export function judge(result: HttpResult, now = Date.now()): Outcome {
  if (!result.ok) return { type: unsendable.has(result.reason) ? 'refused' : 'retry', reason: result.reason };
  const { statusCode, retryAfter } = result;
  if (statusCode >= 200 && statusCode < 300) return { type: 'delivered' };
  if (statusCode === 410) return { type: 'refused', reason: 'gone' };
  const afterMs = retryAfterMs(retryAfter, now);
  const retry: Outcome = { type: 'retry', reason: reasonOf(statusCode) };
  return afterMs === null ? retry : { ...retry, afterMs };
}

/** The URL itself is at fault, whatever its name resolves to (which may be put right while the delivery waits). */
const unsendable: ReadonlySet<Reason> = new Set(['invalid_target', 'forbidden_target', 'https_required']);

function reasonOf(statusCode: number): Reason {
  if (statusCode === 429) return 'rate_limited';
  // Apart from other errors of the server, because here sending more slowly helps.
  if (statusCode >= 502 && statusCode <= 504) return 'unavailable';
  if (statusCode >= 300 && statusCode < 400) return 'redirected';
  if (statusCode >= 400 && statusCode < 500) return 'client_error';
  // Also what is no status of HTTP at all: the server is at fault.
  return 'server_error';
}

/**
 * The wait that a Retry-After header asks for (RFC 9110 §10.2.3: seconds, or a date), in ms; null where there is
 * none that makes sense or lies ahead. Not capped, but finite.
 */
export function retryAfterMs(header: string | null, now = Date.now()): number | null {
  const text = header?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : msUntil(text, now);
  return ms > 0 ? Math.min(Math.ceil(ms), Number.MAX_SAFE_INTEGER) : null;
}

/** NaN for what is no date. The weekday is asked for because Date.parse reads a date into almost anything. */
function msUntil(text: string, now: number): number {
  return /^(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?,? /.test(text)
    ? Date.parse(text) - now
    : Number.NaN;
}

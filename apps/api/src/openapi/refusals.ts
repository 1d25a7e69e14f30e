import type { Access } from '../access.js';
import type { Body, Operation, Refusals } from './operation.js';

/** Every reason a route may have to refuse, by status: those of its own, and those that follow from what it asks for. */
export function refusalsOf(access: Access, operation: Operation): Refusals {
  return merged([
    operation.refusals ?? {},
    access.needs === 'open' || operation.isSigned ? {} : ofTheGuard(access),
    operation.query && !operation.body?.bytes ? { 400: ['bad_query'] } : {},
    access.path.includes(':') ? { 400: ['bad_request'], 404: ['not_found'] } : {},
    operation.body ? ofTheBody(operation.body) : {},
    // What has a body may find that there is no room for it.
    {
      500: ['internal_error'],
      503: access.method === 'get' ? ['unavailable'] : ['unavailable', 'overloaded'],
    },
  ]);
}

function ofTheGuard({ method }: Access): Refusals {
  return {
    401: ['no_key', 'unknown_key'],
    403: method === 'get' ? ['wrong_scope'] : ['wrong_scope', 'cross_site'],
  };
}

function ofTheBody({ bytes, refusal = [422, 'invalid_body'] }: Body): Refusals {
  const unread = { 400: ['aborted', 'wrong_length', 'bad_request'], 413: ['too_large'] };
  if (bytes) return merged([unread, atTheDoors]);
  const [status, reason] = refusal;
  const unfit = status === 422 ? { 415: ['unsupported_media_type'] } : {};
  return merged([unread, unparsed, unfit, { [status]: [reason] }]);
}

const unparsed: Refusals = {
  400: ['malformed_json', 'too_deep'],
  415: ['unsupported_charset', 'unsupported_encoding'],
};

const atTheDoors: Refusals = {
  400: ['invalid_json', 'invalid_body', 'too_deep'],
  415: ['unsupported_media_type', 'unsupported_encoding'],
  429: ['rate_limited'],
};

function merged(all: readonly Refusals[]): Refusals {
  const reasons = new Map<string, Set<string>>();
  for (const [status, words] of all.flatMap((one) => Object.entries(one))) {
    const known = reasons.get(status) ?? new Set<string>();
    reasons.set(status, known);
    for (const word of words) known.add(word);
  }
  return Object.fromEntries([...reasons].map(([status, words]) => [status, [...words]]));
}

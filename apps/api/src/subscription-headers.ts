import {
  CannotOpen,
  type Envelope,
  headerMask,
  type KeptHeaders,
  openHeaders,
  sealHeaders,
} from '@signalbox/domain';

type Headers = Readonly<Record<string, string>>;

/** Headers as they are to be kept, or what is wrong with those that were told. */
export type SealedHeaders =
  | { type: 'sealed'; kept: KeptHeaders }
  | { type: 'invalid'; errors: { path: string; message: string }[] };

/**
 * Encrypts the headers a subscription is to have. One that is told with the mask keeps its value, so that a subscription
 * may be read, changed and written back.
 * @param before those it has; null: it is new
 */
export function sealTold(
  told: Headers,
  before: KeptHeaders | null,
  subscriptionId: string,
  envelope: Envelope,
): SealedHeaders {
  const masked = Object.keys(told).filter((name) => told[name] === headerMask);
  if (masked.length === 0) return { type: 'sealed', kept: sealHeaders(envelope, told, subscriptionId) };
  const known = new Map(Object.entries(before ? opened(before, subscriptionId, envelope) : {}));
  const unknown = masked.filter((name) => !known.has(name));
  if (unknown.length > 0) return { type: 'invalid', errors: unknown.map((name) => toError(name, before)) };
  const headers = Object.entries(told).map(([name, value]) => [
    name,
    value === headerMask ? (known.get(name) ?? '') : value,
  ]);
  return { type: 'sealed', kept: sealHeaders(envelope, Object.fromEntries(headers), subscriptionId) };
}

/** None where their key is not given any more. */
function opened(kept: KeptHeaders, subscriptionId: string, envelope: Envelope): Headers {
  try {
    return openHeaders(envelope, kept, subscriptionId);
  } catch (error) {
    if (error instanceof CannotOpen) return {};
    throw error;
  }
}

function toError(name: string, before: KeptHeaders | null) {
  const isKept = before !== null && Object.hasOwn(before.headers, name);
  const message = isKept
    ? 'has a value that cannot be decrypted any more; send it anew'
    : `has no value yet that ${headerMask} could stand for; send the value`;
  return { path: `headers.${name}`, message };
}

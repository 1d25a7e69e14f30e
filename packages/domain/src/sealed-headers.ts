import type { Envelope } from './envelope.js';

/** The custom headers of a subscription, as they are kept. */
export interface KeptHeaders {
  /** Their names, each with the mask; or with its value, where nothing is sealed yet. */
  headers: Readonly<Record<string, string>>;
  /** All of them with their values, encrypted; null: they stand in `headers`. */
  sealedHeaders: Buffer | null;
}

/** Stands for the value of a header wherever headers are shown. */
export const headerMask = '***';

/** The same names, with the mask for every value. */
export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, headerMask]));
}

/** Encrypts the headers of a subscription; where there are none, there is nothing to encrypt. */
export function sealHeaders(
  envelope: Envelope,
  headers: Readonly<Record<string, string>>,
  subscriptionId: string,
): KeptHeaders {
  if (Object.keys(headers).length === 0) return { headers: {}, sealedHeaders: null };
  const sealedHeaders = envelope.seal(JSON.stringify(headers), contextOf(subscriptionId));
  return { headers: maskHeaders(headers), sealedHeaders };
}

/**
 * The headers of a subscription with their values.
 * @throws CannotOpen
 */
export function openHeaders(
  envelope: Envelope,
  { headers, sealedHeaders }: KeptHeaders,
  subscriptionId: string,
): Readonly<Record<string, string>> {
  if (sealedHeaders === null) return headers;
  return JSON.parse(envelope.open(sealedHeaders, contextOf(subscriptionId))) as Record<string, string>;
}

function contextOf(subscriptionId: string): string {
  return `headers of subscription ${subscriptionId}`;
}

import { verifyHubSignature } from '@signalbox/domain';
import type { Inbound } from './source.js';

/** Why a signature may not fit though the secret is the right one. Source: the usual first mistake of whoever signs. */
export const signTheBytes =
  'The bytes that are signed must be the very bytes that are sent: JSON that was parsed and written again has other bytes.';

/**
 * What is wrong with the X-Hub-Signature-256 of a request, in words for its sender; null when it fits.
 * @param secrets any of them will do
 * @param name what the sender and we call the secret
 */
export function hubSignatureComplaint(
  { bytes, headers }: Inbound,
  secrets: readonly string[],
  name: string,
): string | null {
  const header = headers['x-hub-signature-256'];
  if (typeof header === 'string' && secrets.some((secret) => verifyHubSignature(secret, bytes, header)))
    return null;
  const rule = `It must be "sha256=" and the hex HMAC-SHA256 of the body under ${name}, 64 small hexadecimal digits.`;
  if (typeof header !== 'string') return `The X-Hub-Signature-256 header is missing. ${rule}`;
  if (!/^sha256=[0-9a-f]{64}$/.test(header)) return `The X-Hub-Signature-256 header is malformed. ${rule}`;
  return `The X-Hub-Signature-256 header does not fit the body. ${signTheBytes} Else it was made with another secret than ${name}.`;
}

import { createHmac, timingSafeEqual } from 'node:crypto';

/** The headers of Standard Webhooks. Source: github.com/standard-webhooks/standard-webhooks, spec. */
export interface SignatureHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/**
 * Standard Webhooks signatures over `{id}.{timestamp}.{body}`, one per secret.
 * @param secrets `whsec_` + base64, 24 to 64 bytes; several while a secret is rotated
 * @param id the same over all attempts of one delivery
 * @param timestamp Unix seconds, of this attempt
 */
export function signStandardWebhook(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string | Buffer,
): SignatureHeaders {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

/**
 * `X-Hub-Signature-256: sha256=<hex>` of a body. Source: docs.github.com, validating webhook deliveries.
 * @param secret the shared secret as text
 */
export function signHub(secret: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/**
 * Whether `X-Hub-Signature-256: sha256=<hex>` fits the body. Source: docs.github.com, validating webhook deliveries.
 * @param secret the shared secret as text
 */
export function verifyHubSignature(secret: string, body: Buffer, header: string | undefined): boolean {
  if (header === undefined) return false;
  return constantTimeEqual(signHub(secret, body), header);
}

/** Compares without telling by its duration where two strings differ. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

import { randomBytes } from 'node:crypto';
import { isPlain } from '@signalbox/domain';
import { z } from 'zod';

/** How long an old secret stays in force beside a new one unless told otherwise. Unit: s. */
const aDay = 24 * 60 * 60;

const signingRule = 'must be "generate", or "whsec_" and the base64 of 24 to 64 bytes';
const ingestRule = 'must be "generate", a text of 16 to 200 characters without control characters, or null';

/** What webhooks are signed with, after Standard Webhooks; made here unless given. */
export const signingSecret = z
  .string({ error: signingRule })
  .refine((text) => text === 'generate' || isSigningSecret(text), { error: signingRule })
  .transform((text) => (text === 'generate' ? newSigningSecret() : text))
  .default(newSigningSecret);

/** What senders prove themselves with, by `X-Hub-Signature-256`; null: they need not. */
export const ingestSecret = z
  .string({ error: ingestRule })
  .max(200, { error: ingestRule, abort: true })
  .refine((text) => text === 'generate' || (text.length >= 16 && isPlain(text)), { error: ingestRule })
  .transform((text) => (text === 'generate' ? newIngestSecret() : text))
  .nullable();

const longestOverlap = 7 * 24 * 60 * 60;
const overlapRule = `must be a whole number of seconds from 0 to ${longestOverlap}`;
const overlap_seconds = z
  .int({ error: overlapRule })
  .min(0, { error: overlapRule })
  .max(longestOverlap, { error: overlapRule })
  .optional();

const signingRotation = z.strictObject({
  kind: z.literal('signing').optional(),
  secret: signingSecret,
  overlap_seconds,
});
const ingestRotation = z
  .strictObject({ kind: z.literal('ingest'), secret: ingestSecret.default(newIngestSecret), overlap_seconds })
  .refine(({ secret, overlap_seconds }) => secret !== null || !overlap_seconds, {
    path: ['overlap_seconds'],
    error: 'must be left out: without another secret, nothing overlaps',
  });

/** Which secret is put in the place of which, and for how long both are in force. */
export const rotation = z
  .discriminatedUnion('kind', [signingRotation, ingestRotation], {
    error: ({ code }) => (code === 'invalid_union' ? 'must be signing or ingest' : 'must be an object'),
  })
  .transform(({ kind = 'signing', secret, overlap_seconds = aDay }) => ({
    kind,
    secret,
    overlapSeconds: secret === null ? 0 : overlap_seconds,
  }));

function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Of another form, so that nobody takes the one for the other: this one is used as text. */
function newIngestSecret(): string {
  return `ingest_${randomBytes(32).toString('base64url')}`;
}

/** Source: the specification of Standard Webhooks, github.com/standard-webhooks/standard-webhooks. */
function isSigningSecret(text: string): boolean {
  const base64 = text.startsWith('whsec_') ? text.slice('whsec_'.length) : '';
  const key = Buffer.from(base64, 'base64');
  return key.length >= 24 && key.length <= 64 && key.toString('base64') === base64;
}

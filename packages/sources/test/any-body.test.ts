import { isUtf8 } from 'node:buffer';
import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { alerts } from '../src/alerts.js';
import { isRejection } from '../src/source.js';
import { stripe } from '../src/stripe.js';

const secret = 'whsec_property';
const settings = { STRIPE_WEBHOOK_SECRET: secret };

function inbound(bytes: Buffer, headers: Record<string, string> = {}) {
  const receivedAt = new Date('2026-01-01T00:00:00Z');
  const at = receivedAt.getTime() / 1000;
  const v1 = createHmac('sha256', secret).update(`${at}.`).update(bytes).digest('hex');
  return {
    bytes,
    receivedAt,
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${v1}`, ...headers },
  };
}

/** Bodies that look right here and there: the names are those a source reads, the values anything. */
const names = fc.constantFrom(
  'id',
  'object',
  'type',
  'created',
  'livemode',
  'data',
  'related_object',
  'previous_attributes',
  'requirements',
  'url',
  'location',
  'alert_uuid',
  'label',
  'time_spotted',
);
const nearly = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.constantFrom(
      'event',
      'v2.core.event',
      'payout.failed',
      'account.updated',
      'theft',
      '\u0000',
      '\ud800',
      1e300,
      -1,
    ),
    fc.dictionary(names, tie('value'), { maxKeys: 8 }),
  ),
})).value;

const body = fc.oneof(
  nearly.map((value) => Buffer.from(JSON.stringify(value) ?? 'null')),
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

test.each([stripe, alerts])(
  '$name: any body is a signal that can be stored, or a 4xx that says why',
  ({ normalize }) => {
    fc.assert(
      fc.property(body, (bytes) => {
        const result = normalize(inbound(bytes));
        if (isRejection(result)) {
          expect(result.status).toBeGreaterThanOrEqual(400);
          expect(result.status).toBeLessThan(500);
          expect(result.detail.length).toBeGreaterThan(10);
          return;
        }
        expect(result.startedAt.toISOString()).toMatch(/^\d{4}-/);
        for (const text of [
          result.eventId,
          result.dedupeKey,
          result.summary,
          result.service,
          result.description ?? '',
        ]) {
          expect(text.isWellFormed()).toBe(true);
          expect(text).not.toContain('\u0000');
        }
        expect(result.raw).toBe(bytes);
      }),
      { numRuns: 600 },
    );
  },
);

test('a signature fits the bytes it was made for, and no others', () => {
  fc.assert(
    // Bytes that are no text are refused whatever their signature: Stripe sends JSON.
    fc.property(body.filter(isUtf8), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, flip) => {
      const request = inbound(bytes);
      expect(stripe.verify(request, settings)).toBeNull();
      if (bytes.length === 0) return;
      const changed = Buffer.from(bytes);
      const index = at % changed.length;
      changed[index] = (changed[index] as number) ^ flip;
      expect(stripe.verify({ ...request, bytes: changed }, settings)?.reason).toBe('bad_signature');
    }),
    { numRuns: 500 },
  );
});

test('any signature header is answered, never thrown at', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const request = inbound(Buffer.from('{}'), {
        'stripe-signature': header,
        'x-hub-signature-256': header,
      });
      expect(stripe.verify(request, settings)?.status).toBe(400);
      expect(alerts.verify(request, { ALERTS_SECRET: 'secret' })?.status).toBe(401);
    }),
    { numRuns: 1_000 },
  );
});

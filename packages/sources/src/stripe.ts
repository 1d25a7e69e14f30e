import { type Signal, storable } from '@signalbox/domain';
import { Stripe } from 'stripe';
import { z } from 'zod';
import { signTheBytes } from './hub-signature.js';
import { fieldErrors, invalidFields } from './invalid-fields.js';
import { isObject, readJsonObject } from './json-body.js';
import { type Inbound, lastSecond, type Rejection, type Source } from './source.js';
import { stripeSeverity } from './stripe-severity.js';

const settings = z.object({
  /** One signing secret, or several parted by commas while one is rotated. */
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
});

/** Events of Stripe, full and thin. Source of the formats: docs.stripe.com/webhooks, /api/events/object. */
export const stripe = {
  name: 'stripe',
  path: '/ingest/stripe',
  settings,
  // Without a secret it lets nobody in.
  asksForSignature: () => true,
  verify(inbound, { STRIPE_WEBHOOK_SECRET: list = '' }) {
    const secrets = list
      .split(',')
      .map((secret) => secret.trim())
      .filter(Boolean);
    if (secrets.length === 0) return noSecret;
    const header = inbound.headers['stripe-signature'];
    if (typeof header !== 'string') return badSignature(missing);
    if (!headerShape.test(header)) return badSignature(malformed);
    if (secrets.some((secret) => isSigned(inbound, header, secret))) return null;
    return badSignature(tooOld(header, inbound.receivedAt) ?? mismatch);
  },
  normalize,
  accepted: () => ({ status: 200, body: { received: true } }),
  deduped: () => ({ status: 200, body: { received: true, deduped: true } }),
} as const satisfies Source<typeof settings>;

const noSecret: Rejection = {
  status: 503,
  reason: 'not_configured',
  detail:
    'STRIPE_WEBHOOK_SECRET must be set to the signing secret of the endpoint: without it no event can be verified.',
};

const headerRule = 'It must be as Stripe sends it: t=<Unix seconds>,v1=<64 hexadecimal digits>.';
const missing = `The Stripe-Signature header is missing. ${headerRule}`;
const malformed = `The Stripe-Signature header is malformed. ${headerRule}`;
const mismatch =
  `No v1 signature in the Stripe-Signature header fits the body. ${signTheBytes} ` +
  'Else STRIPE_WEBHOOK_SECRET is another secret: every endpoint in the dashboard has its own, and "stripe listen" prints a third.';

/** Of a timestamp only what its sender wrote is told, never whether it was signed. */
function tooOld(header: string, receivedAt: Date): string | null {
  const signedAt = Number(/(?:^|,)t=(\d{1,12})(?:,|$)/.exec(header)?.[1]);
  const age = Math.floor(receivedAt.getTime() / 1000) - signedAt;
  if (!(age > tolerance)) return null;
  return `The timestamp t of the Stripe-Signature header is ${age} s old, and may be ${tolerance} s. Sign each time it is sent, and set the clocks of both machines.`;
}

function badSignature(detail: string): Rejection {
  return { status: 400, reason: 'bad_signature', detail };
}

/** `t=…,v1=…`: key and value of each item non-empty ASCII; the package throws plain errors for anything else. */
const headerShape = /^\w+=[!-+\--<>-~]+(?:,\w+=[!-+\--<>-~]+)*$/;

/** How old a signature may be. Unit: s. */
const tolerance = 300;

function isSigned({ bytes, receivedAt }: Inbound, header: string, secret: string): boolean {
  try {
    return signature.verifyHeader(bytes, header, secret, tolerance, undefined, receivedAt.getTime());
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}

const signature = presentSignature();

function presentSignature() {
  const { signature } = Stripe.webhooks;
  if (!signature) throw new Error('this build of the stripe package verifies no signatures');
  return signature;
}

/** A word of Stripe's, such as an id or a type. */
const word = z.string().regex(/^[!-~]{1,255}$/);
const anObject = z.looseObject({});

const fullEvent = z.object({
  object: z.literal('event'),
  id: word,
  type: word,
  created: z.number().int().min(0).max(lastSecond),
  livemode: z.boolean().nullish(),
  data: z.object({ object: anObject, previous_attributes: anObject.nullish() }),
});

const thinEvent = z.object({
  object: z.literal('v2.core.event'),
  id: word,
  type: word,
  created: z.iso.datetime({ offset: true }).refine((text) => isStorableTime(Date.parse(text))),
  livemode: z.boolean().nullish(),
  related_object: anObject.nullish(),
});

const stripeEvent = z.discriminatedUnion('object', [fullEvent, thinEvent]);
type StripeEvent = z.infer<typeof stripeEvent>;

const rules: Record<string, string> = {
  object: 'must be "event" or "v2.core.event"',
  id: "must be Stripe's id of the event, such as evt_1abc",
  type: 'must be a type of event, such as payout.failed',
  created: 'must be Unix seconds in a full event, an ISO 8601 time in a thin one',
  livemode: 'must be true or false',
  data: 'must be an object',
  'data.object': 'must be an object',
  'data.previous_attributes': 'must be an object',
  related_object: 'must be an object or null',
};

function isStorableTime(ms: number): boolean {
  return ms >= 0 && ms <= lastSecond * 1000;
}

function normalize(inbound: Inbound): Signal | Rejection {
  const body = readJsonObject(inbound);
  if ('rejection' in body) return body.rejection;
  const event = stripeEvent.safeParse(body.object);
  return event.success ? toSignal(event.data, inbound.bytes) : invalidFields(fieldErrors(event.error, rules));
}

function toSignal(event: StripeEvent, raw: Buffer): Signal {
  const { object, previous } = change(event);
  return {
    eventId: event.id,
    source: 'stripe',
    dedupeKey: event.id,
    version: 0,
    eventType: event.type,
    kind: 'payment',
    severity: stripeSeverity(event.type, { object, previous }),
    service: 'stripe',
    summary: summary(event.type, object.id),
    description: humanReason(object),
    startedAt: startedAt(event),
    resolvedAt: null,
    audience: { type: 'operators' },
    testMode: event.livemode === false,
    raw,
  };
}

/** A thin event only names its object: of what is in it, or was, nothing is known. */
function change(event: StripeEvent) {
  return event.object === 'event'
    ? { object: event.data.object, previous: event.data.previous_attributes ?? {} }
    : { object: event.related_object ?? {}, previous: {} };
}

function startedAt({ created }: StripeEvent): Date {
  return new Date(typeof created === 'number' ? created * 1000 : created);
}

/** Some objects (`balance`, an upcoming invoice) have no id. */
function summary(type: string, id: unknown): string {
  return typeof id === 'string' && id !== '' ? storable(`${type}: ${id}`) : type;
}

/** Where objects say in words what went wrong, the most telling first. */
const reasonPaths = [
  ['failure_message'],
  ['last_payment_error', 'message'],
  ['last_setup_error', 'message'],
  ['last_finalization_error', 'message'],
  ['requirements', 'disabled_reason'],
  ['failure_reason'],
  ['failure_code'],
  ['fraud_type'],
  ['reason'],
];

function humanReason(object: Record<string, unknown>): string | null {
  for (const path of reasonPaths) {
    const found = path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);
    if (typeof found === 'string' && found !== '') return storable(found);
  }
  return null;
}

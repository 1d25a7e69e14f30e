import { normalizedEventSchema } from '@signalbox/domain';
import { alertRules, alertSchema, eventRules, eventSchema } from '@signalbox/sources';
import { z } from 'zod';
import { at, ids, location } from './example-ids.js';
import { described } from './json-schema.js';
import { id, problemExample, time, wholeList } from './nouns.js';
import type { Operations } from './operation.js';

const requestId = {
  'X-Request-Id': 'What the request is called in our log and on its way to receivers; made up unless given.',
};
const hubSignature = {
  'X-Hub-Signature-256': 'sha256= and the hex HMAC-SHA256 of the body under the secret.',
};
const idempotencyKey = {
  'Idempotency-Key': '1 to 255 visible ASCII characters: a request with the same one is a repetition.',
};
const repeated = { received: z.literal(true), deduped: z.literal(true) };
const deduped = { received: true, deduped: true };

/** What a webhook that was accepted is answered. */
export const webhookAccepted = {
  description: 'It is kept and is going to be delivered.',
  schema: z.object({
    received: z.literal(true),
    signal_id: id,
    delivery_id: id,
    status_url: z.string().meta({ description: 'The path to read the delivery at.' }),
    skipped: z.literal(true).optional().meta({ description: 'The subscription does not want it.' }),
  }),
};
/** The same, as examples show it. */
export const webhookExample = {
  received: true,
  signal_id: ids.signal,
  delivery_id: ids.delivery,
  status_url: `/deliveries/${ids.delivery}`,
};

const alertExample = {
  url: 'https://media.example.com/clip.mp4',
  location,
  alert_uuid: ids.newAlert,
  label: 'theft',
  time_spotted: 1_768_473_600,
};
const order = { type: 'order.created', data: { total: 12.5 }, id: 'order-77' };
const normalized = {
  event_id: 'evt_1',
  source: 'stripe',
  kind: 'payment',
  severity: 'critical',
  service: 'stripe',
  summary: 'payout.failed: po_1',
  description: null,
  started_at: at,
  resolved_at: null,
  raw: {},
} as const;

/** The doors. */
export const senders: Operations = {
  'post /webhooks/alerts': {
    summary: 'Send an alert of a camera',
    description:
      'The path may end in a slash. Where ALERTS_SECRET is set, the signature is needed; else an ingest key. A graver label for a known alert_uuid is news, the same or a milder one a repetition.',
    headers: { ...hubSignature, ...requestId },
    body: { schema: described(alertSchema, alertRules), bytes: true },
    answers: {
      200: { description: 'A repetition.', schema: z.object(repeated) },
      202: {
        description: 'It is kept, and everybody it concerns is going to be told.',
        schema: z.object({ received: z.literal(true), alert_uuid: id }),
      },
    },
    refusals: { 400: ['unknown_label'], 401: ['bad_signature'] },
    examples: [
      {
        name: 'A theft',
        body: alertExample,
        status: 202,
        answer: { received: true, alert_uuid: ids.newAlert },
      },
      { name: 'The same again', body: alertExample, status: 200, answer: deduped },
      {
        name: 'Of a kind we do not know',
        body: { ...alertExample, label: 'arson' },
        status: 400,
        answer: {
          ...problemExample(
            400,
            'Bad Request',
            'unknown_label',
            'The label is unknown. The alert was kept for an operator to look at, and nobody was told.',
          ),
          errors: [{ path: 'label', message: 'must be theft, suspicious or normal, but is "arson"' }],
        },
      },
    ],
  },
  'post /ingest/stripe': {
    summary: 'Send an event of Stripe',
    description: 'Full events and thin ones, as Stripe sends them; we read their id, type and time.',
    isSigned: true,
    headers: { 'Stripe-Signature': 'As Stripe makes it, at most 5 minutes ago.', ...requestId },
    body: { schema: z.looseObject({}), bytes: true },
    answers: {
      200: {
        description: 'It is kept; deduped: it was already.',
        schema: z.object({ received: z.literal(true), deduped: z.literal(true).optional() }),
      },
    },
    refusals: { 400: ['bad_signature'], 503: ['not_configured'] },
    examples: [
      {
        name: 'Not signed',
        body: { id: 'evt_1', object: 'event', type: 'payout.failed' },
        status: 400,
        answer: problemExample(
          400,
          'Bad Request',
          'bad_signature',
          'The Stripe-Signature header is missing.',
        ),
      },
    ],
  },
  'post /ingest/:subscription_id': {
    summary: 'Send a webhook to one subscription',
    description:
      'Any JSON; it is delivered byte for byte. Where the subscription has an ingest secret, the signature is needed; else an ingest key. The type of the event stands in X-Event-Type or in ?event_type=; webhook unless told.',
    query: [z.object({ event_type: z.string().optional() })],
    headers: {
      ...hubSignature,
      'X-Event-Type': 'Such as order.created; comes before the query.',
      ...idempotencyKey,
      ...requestId,
    },
    body: { schema: z.unknown(), bytes: true },
    answers: {
      200: {
        description: 'A repetition.',
        schema: z.object({ ...repeated, signal_id: id, delivery_id: id.nullable() }),
      },
      202: webhookAccepted,
    },
    refusals: {
      400: ['bad_event_type', 'bad_idempotency_key'],
      401: ['bad_signature'],
      409: ['idempotency_key_reused'],
      503: ['secret_unavailable'],
    },
    examples: [
      {
        name: 'An order',
        path: { subscription_id: ids.subscription },
        headers: { 'X-Event-Type': 'order.created', 'Idempotency-Key': 'order-78' },
        body: order.data,
        status: 202,
        answer: webhookExample,
      },
      {
        name: 'The same again',
        path: { subscription_id: ids.subscription },
        headers: { 'X-Event-Type': 'order.created', 'Idempotency-Key': 'order-78' },
        body: order.data,
        status: 200,
        answer: { ...deduped, signal_id: ids.signal, delivery_id: ids.delivery },
      },
    ],
  },
  'post /events': {
    summary: 'Publish an event for whoever subscribes to its type',
    description: 'The id, or the Idempotency-Key before it, tells a repetition from news.',
    headers: { ...idempotencyKey, ...requestId },
    body: { schema: described(eventSchema, eventRules), bytes: true },
    answers: {
      200: {
        description: 'A repetition.',
        schema: z.object({ ...repeated, event_id: z.string(), signal_id: id }),
      },
      202: {
        description: 'It is kept and is going to be delivered.',
        schema: z.object({
          received: z.literal(true),
          event_id: z.string(),
          signal_id: id,
          deliveries: z.int().meta({ description: 'To how many subscriptions.' }),
        }),
      },
    },
    refusals: { 400: ['bad_idempotency_key'], 409: ['idempotency_key_reused'] },
    examples: [
      {
        name: 'An order',
        body: order,
        status: 202,
        answer: { received: true, event_id: 'order-77', signal_id: ids.signal, deliveries: 1 },
      },
      {
        name: 'The same again',
        body: order,
        status: 200,
        answer: { ...deduped, event_id: 'order-77', signal_id: ids.signal },
      },
      {
        name: 'Another under the same id',
        body: { ...order, data: {} },
        status: 409,
        answer: problemExample(
          409,
          'Conflict',
          'idempotency_key_reused',
          'This idempotency key was used for another body. Give every request that says something else a key of its own.',
        ),
      },
    ],
  },
  'post /destinations/pagerduty': {
    summary: 'Take a normalized event, in the place of PagerDuty',
    description: 'For development; in production only where PAGERDUTY_MOCK is true.',
    body: { schema: normalizedEventSchema, refusal: [400, 'bad_event'] },
    answers: { 202: { description: 'It is kept.', schema: z.object({ received: z.literal(true) }) } },
    examples: [{ name: 'A payout', body: normalized, status: 202, answer: { received: true } }],
  },
  'get /destinations/pagerduty': {
    summary: 'List what came in the place of PagerDuty, newest first',
    description: 'The newest 200. For development; in production only where PAGERDUTY_MOCK is true.',
    answers: {
      200: {
        description: 'All of it.',
        schema: wholeList(z.object({ received_at: time, event: normalizedEventSchema })),
      },
    },
    examples: [
      {
        name: 'One event',
        status: 200,
        answer: { data: [{ received_at: at, event: normalized }], next_cursor: null },
      },
    ],
  },
};

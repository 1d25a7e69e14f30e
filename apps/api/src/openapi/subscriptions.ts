import { disabledReasons, headerMask } from '@signalbox/domain';
import { z } from 'zod';
import { page as pageQuery } from '../paging.js';
import { preview } from '../routes/subscription-preview.js';
import { testEvent } from '../routes/subscription-test.js';
import { listQuery } from '../routes/subscriptions.js';
import { newSubscription, subscriptionChange } from '../subscription-schema.js';
import { rotation } from '../subscription-secret.js';
import { at, ids } from './example-ids.js';
import { id, nothing, page, time } from './nouns.js';
import type { Operations } from './operation.js';
import { webhookAccepted, webhookExample } from './senders.js';

const fields = {
  id,
  partner_id: id.nullable(),
  url: z.string(),
  allow_http: z.boolean().meta({ description: 'Plain http is used in production too.' }),
  description: z.string().nullable(),
  event_types: z.array(z.string()).meta({ description: 'Empty: all.' }),
  filter: z.looseObject({}).nullable().meta({ description: 'null: everything passes.' }),
  transform: z
    .object({
      omit: z.array(z.string()).optional(),
      rename: z.record(z.string(), z.string()).optional(),
      jsonata: z.string().optional(),
    })
    .nullable()
    .meta({ description: 'null: webhooks go out byte for byte as they came.' }),
  rate_limit: z
    .object({ limit: z.int(), period_seconds: z.int().meta({ description: 'Unit: s.' }) })
    .nullable(),
  max_in_flight: z.int().meta({ description: 'How many webhooks may be under way at once.' }),
  timeout_seconds: z.number().meta({ description: 'For one attempt. Unit: s.' }),
  retry_schedule: z
    .array(z.string())
    .nullable()
    .meta({ description: 'The waits after failed attempts; null: RETRY_SCHEDULE.' }),
  headers: z
    .record(z.string(), z.string())
    .meta({ description: `Values are shown as ${headerMask}; sent back like that, they stay.` }),
  hub_signature: z.boolean().meta({ description: 'Webhooks also carry an X-Hub-Signature-256.' }),
  enabled: z.boolean(),
  disabled_reason: z.enum(disabledReasons).nullable(),
  has_ingest_secret: z.boolean(),
  secret_expires_at: time
    .nullable()
    .meta({ description: 'When the last signing secret before the newest stops signing.' }),
  created_at: time,
  updated_at: time,
};
const subscription = z
  .object(fields)
  .meta({ id: 'Subscription', description: 'Where webhooks go, and which.' });
const withSecrets = z
  .object({ ...fields, secret: z.string(), ingest_secret: z.string().nullable() })
  .meta({ id: 'SubscriptionWithSecrets', description: 'The only time its secrets are shown.' });

const subscriptionExample = {
  id: ids.subscription,
  partner_id: ids.partner,
  url: 'https://example.com/hook',
  allow_http: false,
  description: 'Orders',
  event_types: ['order.*'],
  filter: { 'data.total': { $gt: 10 } },
  transform: null,
  rate_limit: { limit: 100, period_seconds: 60 },
  max_in_flight: 10,
  timeout_seconds: 15,
  retry_schedule: ['10s', '5m'],
  headers: { authorization: headerMask },
  hub_signature: false,
  enabled: true,
  disabled_reason: null,
  has_ingest_secret: false,
  secret_expires_at: null,
  created_at: at,
  updated_at: at,
};
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const byId = { path: { id: ids.subscription } };
const whole = { description: 'The subscription.', schema: subscription };

/** Where webhooks go. */
export const subscriptions: Operations = {
  'get /subscriptions': {
    summary: 'List subscriptions, newest first',
    query: [pageQuery, listQuery],
    answers: { 200: { description: 'A page of subscriptions.', schema: page(subscription) } },
    examples: [
      {
        name: 'Those of a partner',
        query: { partner_id: ids.partner, enabled: 'true' },
        status: 200,
        answer: { data: [subscriptionExample], next_cursor: null },
      },
    ],
  },
  'get /subscriptions/:id': {
    summary: 'Read a subscription',
    answers: { 200: whole },
    examples: [{ name: 'A subscription', ...byId, status: 200, answer: subscriptionExample }],
  },
  'post /subscriptions': {
    summary: 'Add a subscription',
    description:
      'Only the url is needed. In production it must not lead to a private address, unless ALLOW_PRIVATE_TARGETS is true.',
    body: { schema: newSubscription },
    answers: { 201: { description: 'The subscription with its secrets.', schema: withSecrets } },
    examples: [
      {
        name: 'Orders of one partner',
        body: {
          url: 'https://example.com/hook',
          partner_id: ids.partner,
          description: 'Orders',
          event_types: ['order.*'],
          filter: { 'data.total': { $gt: 10 } },
          rate_limit: { limit: 100, period_seconds: 60 },
          retry_schedule: ['10s', '5m'],
          headers: { authorization: 'Bearer abc' },
        },
        status: 201,
        answer: { ...subscriptionExample, secret, ingest_secret: null },
      },
    ],
  },
  'patch /subscriptions/:id': {
    summary: 'Change a subscription',
    description: 'What is left out stays as it is.',
    body: { schema: subscriptionChange },
    answers: { 200: whole },
    examples: [
      {
        name: 'Stop it for now',
        ...byId,
        body: { enabled: false },
        status: 200,
        answer: { ...subscriptionExample, enabled: false, disabled_reason: 'by_operator' },
      },
      { name: 'Go on', ...byId, body: { enabled: true }, status: 200, answer: subscriptionExample },
    ],
  },
  'delete /subscriptions/:id': {
    summary: 'Delete a subscription',
    answers: { 204: nothing },
    examples: [{ name: 'A subscription', ...byId, status: 204 }],
  },
  'post /subscriptions/:id/rotate-secret': {
    summary: 'Put a new secret in the place of one',
    description:
      'Of signing unless told otherwise, and generated unless given. Both are in force for overlap_seconds, a day unless told.',
    body: { schema: rotation },
    answers: {
      200: {
        description: 'The new secret, shown this once.',
        schema: z.object({ secret: z.string().nullable() }),
      },
    },
    refusals: { 409: ['too_many_secrets'] },
    examples: [
      {
        name: 'Another within an hour',
        ...byId,
        body: { overlap_seconds: 3600 },
        status: 200,
        answer: { secret },
      },
    ],
  },
  'post /subscriptions/:id/test': {
    summary: 'Send a subscription an event of its own',
    description: 'It goes the way every other goes, and is marked as a test.',
    body: { schema: testEvent },
    answers: { 202: webhookAccepted },
    examples: [
      {
        name: 'An order',
        ...byId,
        body: { type: 'order.created', data: { total: 12.5 } },
        status: 202,
        answer: webhookExample,
      },
    ],
  },
  'post /subscriptions/preview': {
    summary: 'Ask what a filter and a transform make of a sample',
    body: { schema: preview },
    answers: {
      200: {
        description: 'Whether it would be sent, and what.',
        schema: z.object({ matches: z.boolean(), body: z.unknown() }),
      },
    },
    refusals: { 422: ['transform_failed'] },
    examples: [
      {
        name: 'An order without its customer',
        body: {
          sample: { total: 12.5, customer: 'ana' },
          filter: { total: { $gt: 10 } },
          transform: { omit: ['customer'] },
        },
        status: 200,
        answer: { matches: true, body: { total: 12.5 } },
      },
    ],
  },
};

import { channels } from '@signalbox/channels';
import { deliveryStatuses } from '@signalbox/domain';
import { z } from 'zod';
import { deliveryQuery, replayBody } from '../delivery-schema.js';
import { page as pageQuery } from '../paging.js';
import { attemptQuery } from '../routes/attempts.js';
import { at, ids } from './example-ids.js';
import { id, page, problemExample, time } from './nouns.js';
import type { Operations } from './operation.js';

const channelNames = channels.map(({ name }) => name);

const deliveryFields = {
  id,
  signal_id: id,
  revision: z.int().meta({ description: 'The revision of the signal that it brings, from 1.' }),
  channel: z.string().meta({ examples: channelNames }),
  target: z
    .string()
    .meta({ description: 'Who is reached: a subscription, a user, or default for PagerDuty.' }),
  target_user_id: id.nullable(),
  subscription_id: id.nullable().meta({ description: 'null on every channel but webhook.' }),
  status: z.enum(deliveryStatuses),
  attempts_made: z.int(),
  max_attempts: z.int(),
  next_attempt_at: time.nullable().meta({ description: 'null: none is due.' }),
  not_before: time.nullable().meta({ description: 'It is not to be sent before, as in quiet hours.' }),
  created_at: time,
  completed_at: time.nullable(),
  last_error: z.string().nullable().meta({ description: 'One word: why it did not arrive, or not at once.' }),
  fallback_of: id
    .nullable()
    .meta({ description: 'The delivery that did not arrive, or not in time, and made this one necessary.' }),
};

/** One signal owed to one target. */
export const delivery = z.object(deliveryFields).meta({ id: 'Delivery' });

const attemptFields = {
  attempt: z.int().meta({ description: 'From 1.' }),
  attempted_at: time,
  outcome: z.enum(['success', 'failed_attempt', 'failure']).meta({
    description: 'failed_attempt: there will be another; failure: there will be none.',
  }),
  status_code: z.int().nullable().meta({ description: 'null: there was no answer.' }),
  error: z.string().nullable().meta({ description: 'One word.' }),
  duration_ms: z.number().meta({ description: 'Unit: ms.' }),
  target_url: z.string(),
  response_excerpt: z.string().nullable().meta({ description: 'How the answer began.' }),
};
const attempt = z.object(attemptFields).meta({ id: 'Attempt' });
const attemptOfDelivery = z
  .object({ delivery_id: id, signal_id: id, ...attemptFields })
  .meta({ id: 'AttemptOfDelivery' });

const deliveryWithAttempts = z
  .object({
    ...deliveryFields,
    target_url: z.string().nullable().meta({ description: 'That of the last attempt.' }),
    attempts: z.array(attempt).meta({ description: 'First to last, as far as they are kept.' }),
  })
  .meta({ id: 'DeliveryWithAttempts' });

/** A delivery, as examples show it. */
export const deliveryExample = {
  id: ids.delivery,
  signal_id: ids.signal,
  revision: 1,
  channel: 'webhook',
  target: ids.subscription,
  target_user_id: null,
  subscription_id: ids.subscription,
  status: 'delivered',
  attempts_made: 1,
  max_attempts: 8,
  next_attempt_at: null,
  not_before: null,
  created_at: at,
  completed_at: at,
  last_error: null,
  fallback_of: null,
};
const attemptExample = {
  attempt: 1,
  attempted_at: at,
  outcome: 'success',
  status_code: 200,
  error: null,
  duration_ms: 34,
  target_url: 'https://example.com/hook',
  response_excerpt: 'ok',
};
const whole = { description: 'The delivery and its attempts.', schema: deliveryWithAttempts };

/** What is owed to whom, and what was tried for it. */
export const deliveries: Operations = {
  'get /deliveries': {
    summary: 'List deliveries, newest first',
    query: [pageQuery, deliveryQuery],
    answers: { 200: { description: 'A page of deliveries.', schema: page(delivery) } },
    examples: [
      {
        name: 'Those that arrived by webhook',
        query: { status: 'delivered', channel: 'webhook', limit: 1 },
        status: 200,
        answer: { data: [deliveryExample], next_cursor: null },
      },
      {
        name: 'A limit out of range',
        query: { limit: 501 },
        status: 400,
        answer: {
          ...problemExample(400, 'Bad Request', 'bad_query', 'The query is not right.'),
          errors: [{ path: 'limit', message: 'must be a whole number from 1 to 500' }],
        },
      },
    ],
  },
  'get /deliveries/:id': {
    summary: 'Read a delivery and its attempts',
    answers: { 200: whole },
    examples: [
      {
        name: 'One that arrived',
        path: { id: ids.delivery },
        status: 200,
        answer: { ...deliveryExample, target_url: attemptExample.target_url, attempts: [attemptExample] },
      },
      {
        name: 'No such delivery',
        path: { id: ids.unknown },
        status: 404,
        answer: problemExample(404, 'Not Found', 'not_found', `There is no delivery ${ids.unknown}.`),
      },
    ],
  },
  'get /subscriptions/:id/attempts': {
    summary: 'List what was tried for a subscription, newest first',
    query: [attemptQuery],
    answers: { 200: { description: 'A page of attempts.', schema: page(attemptOfDelivery) } },
    examples: [
      {
        name: 'The latest',
        path: { id: ids.subscription },
        query: { limit: 20 },
        status: 200,
        answer: {
          data: [{ delivery_id: ids.delivery, signal_id: ids.signal, ...attemptExample }],
          next_cursor: null,
        },
      },
    ],
  },
  'post /deliveries/:id/replay': {
    summary: 'Send a delivery that has ended again',
    answers: {
      202: {
        description: 'It is going to be sent.',
        schema: z.object({ replayed: z.literal(1), delivery_id: id }),
      },
    },
    refusals: { 409: ['not_ended'] },
    examples: [
      {
        name: 'One that failed',
        path: { id: ids.failedDelivery },
        status: 202,
        answer: { replayed: 1, delivery_id: ids.failedDelivery },
      },
      {
        name: 'One that is going to be sent anyway',
        path: { id: ids.pendingDelivery },
        status: 409,
        answer: problemExample(
          409,
          'Conflict',
          'not_ended',
          'The delivery is pending: it is going to be sent anyway.',
        ),
      },
    ],
  },
  'post /deliveries/:id/cancel': {
    summary: 'Cancel a delivery that is pending or held',
    answers: { 200: whole },
    refusals: { 409: ['has_ended'] },
    examples: [
      {
        name: 'One that is pending',
        path: { id: ids.pendingDelivery },
        status: 200,
        answer: {
          ...deliveryExample,
          id: ids.pendingDelivery,
          status: 'canceled',
          attempts_made: 0,
          last_error: 'by_operator',
          target_url: null,
          attempts: [],
        },
      },
    ],
  },
  'post /deliveries/replay': {
    summary: 'Send all deliveries of a filter again',
    description:
      'At most 10,000 at once; where there are more, send the same request with the cursor. Without a status: those that failed or were refused. The filter must have a subscription_id, a status or a since.',
    body: { schema: replayBody },
    answers: {
      202: {
        description: 'They are going to be sent.',
        schema: z.object({
          replayed: z.int().meta({ description: 'How many.' }),
          remaining: z.literal(true).optional(),
          next_cursor: z.string().optional(),
        }),
      },
    },
    examples: [
      {
        name: 'Those of a subscription that failed',
        body: { filter: { subscription_id: ids.subscription, status: 'failed' } },
        status: 202,
        answer: { replayed: 1 },
      },
    ],
  },
};

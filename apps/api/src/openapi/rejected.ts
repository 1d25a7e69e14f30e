import { rejectedStatuses } from '@signalbox/postgres';
import { z } from 'zod';
import { page as pageQuery } from '../paging.js';
import { rejectedQuery } from '../routes/rejected.js';
import { correction, many } from '../routes/resubmit.js';
import { at, ids } from './example-ids.js';
import { id, page, problemExample, time } from './nouns.js';
import type { Operations } from './operation.js';

const fields = {
  id,
  source: z.string(),
  reason: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })),
  status: z.enum(rejectedStatuses),
  times: z.int().meta({ description: 'How often it came.' }),
  received_at: time,
  last_received_at: time,
  size: z.int().meta({ description: 'Unit: bytes.' }),
  headers: z.record(z.string(), z.string()),
  subscription_id: id.nullable(),
  correlation_id: z.string(),
  signal_id: id.nullable().meta({ description: 'What it was resubmitted as.' }),
  settled_at: time.nullable().meta({ description: 'When it was resubmitted or dismissed.' }),
};
const rejected = z
  .object(fields)
  .meta({ id: 'Rejected', description: 'A request that was turned away for what it says.' });
const withBody = z
  .object({ ...fields, body: z.string(), encoding: z.enum(['utf8', 'base64']) })
  .meta({ id: 'RejectedWithBody' });

const rejectedExample = {
  id: ids.rejected,
  source: 'alerts',
  reason: 'unknown_label',
  detail: 'The label is unknown. The alert was kept for an operator to look at, and nobody was told.',
  errors: [{ path: 'label', message: 'must be theft, suspicious or normal, but is "arson"' }],
  status: 'open',
  times: 1,
  received_at: at,
  last_received_at: at,
  size: 170,
  headers: { 'content-type': 'application/json' },
  subscription_id: null,
  correlation_id: 'camera-7',
  signal_id: null,
  settled_at: null,
};
const byId = { path: { id: ids.rejected } };
const corrected = {
  url: 'https://media.example.com/clip.mp4',
  location: 'fr-auchan-larochelle',
  alert_uuid: ids.correctedAlert,
  label: 'theft',
  time_spotted: 1_768_473_600,
};
const taken = { received: true, signal_id: ids.signal };

/** What was turned away. */
export const rejections: Operations = {
  'get /rejected': {
    summary: 'List requests that were turned away, newest first',
    description: 'Their senders were known, but what they said could not be understood.',
    query: [pageQuery, rejectedQuery],
    answers: { 200: { description: 'A page of requests.', schema: page(rejected) } },
    examples: [
      {
        name: 'Those that nobody has settled',
        query: { status: 'open', reason: 'unknown_label' },
        status: 200,
        answer: { data: [rejectedExample], next_cursor: null },
      },
    ],
  },
  'get /rejected/:id': {
    summary: 'Read a request that was turned away',
    answers: { 200: { description: 'The request.', schema: withBody } },
    examples: [
      {
        name: 'An alert with a new label',
        ...byId,
        status: 200,
        answer: { ...rejectedExample, body: '{"label":"arson"}', encoding: 'utf8' },
      },
    ],
  },
  'post /rejected/:id/resubmit': {
    summary: 'Take a request in that was turned away',
    description:
      'As it was sent, or with another body or type. However often this is done, it is one signal.',
    body: { schema: correction },
    answers: {
      200: {
        description: 'It had been taken in already.',
        schema: z.object({ received: z.literal(true), deduped: z.literal(true), signal_id: id }),
      },
      202: {
        description: 'It is kept and is going to be delivered.',
        schema: z.object({ received: z.literal(true), signal_id: id }),
      },
    },
    refusals: {
      422: [
        'invalid_json',
        'unsupported_media_type',
        'too_deep',
        'unknown_label',
        'bad_event_type',
        'bad_idempotency_key',
        'unknown_subscription',
        'unknown_source',
      ],
    },
    examples: [
      { name: 'With a label we know', ...byId, body: { body: corrected }, status: 202, answer: taken },
      { name: 'Again', ...byId, body: {}, status: 200, answer: { ...taken, deduped: true } },
    ],
  },
  'post /rejected/resubmit': {
    summary: 'Take in all open requests of a filter',
    description: 'At most 1,000 at once; where there are more, send the same request with the cursor.',
    body: { schema: many },
    answers: {
      200: {
        description: 'What became of them.',
        schema: z.object({
          accepted: z.int(),
          deduped: z.int(),
          refused: z.int(),
          unavailable: z.int(),
          remaining: z.literal(true).optional(),
          next_cursor: z.string().optional(),
        }),
      },
    },
    examples: [
      {
        name: 'Those of one label',
        body: { filter: { reason: 'unknown_label' } },
        status: 200,
        answer: { accepted: 1, deduped: 0, refused: 0, unavailable: 0 },
      },
    ],
  },
  'post /rejected/:id/dismiss': {
    summary: 'Settle a request that was turned away, without taking it in',
    answers: {
      200: {
        description: 'It is dismissed.',
        schema: z.object({ id, status: z.literal('dismissed') }),
      },
    },
    refusals: { 409: ['has_been_resubmitted'] },
    examples: [
      {
        name: 'A request',
        path: { id: ids.otherRejected },
        status: 200,
        answer: { id: ids.otherRejected, status: 'dismissed' },
      },
      {
        name: 'One that was taken in',
        ...byId,
        status: 409,
        answer: problemExample(
          409,
          'Conflict',
          'has_been_resubmitted',
          `It was resubmitted: it is signal ${ids.signal}.`,
        ),
      },
    ],
  },
};

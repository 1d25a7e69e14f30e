import { kinds, severities } from '@signalbox/domain';
import { z } from 'zod';
import { signalDeliveryQuery } from '../delivery-schema.js';
import { page as pageQuery } from '../paging.js';
import { filterQuery, revisionQuery } from '../routes/events.js';
import { delivery, deliveryExample } from './deliveries.js';
import { at, ids } from './example-ids.js';
import { id, nextCursor, page, time } from './nouns.js';
import type { Operations } from './operation.js';

const signal = z
  .object({
    event_id: z.string().meta({ description: 'What its sender calls it.' }),
    source: z.string(),
    kind: z.enum(kinds),
    severity: z.enum(severities),
    service: z.string(),
    summary: z.string(),
    description: z.string().nullable(),
    started_at: time,
    resolved_at: time.nullable(),
    raw: z.unknown().meta({ description: 'The JSON it came as, or its text where it is none.' }),
    routed: z.boolean().meta({ description: 'Something was promised to somebody.' }),
    delivered_to: z.array(z.string()).meta({ description: 'The channels that have delivered it.' }),
    event_type: z.string(),
    test_mode: z.boolean(),
    received_at: time,
    signal_id: id,
    revision: z.int().meta({ description: 'From 1.' }),
    correlation_id: z.string(),
    suppressed_by: id.nullable().meta({ description: 'The signal that speaks for this one.' }),
  })
  .meta({ id: 'Signal', description: 'One thing that happened at a sender.' });

const revision = z
  .object({
    revision: z.int(),
    event_type: z.string(),
    severity: z.enum(severities),
    summary: z.string(),
    description: z.string().nullable(),
    started_at: time,
    resolved_at: time.nullable(),
    correlation_id: z.string(),
    recorded_at: time,
    raw: z.unknown(),
  })
  .meta({ id: 'Revision', description: 'One state a signal was in.' });

const raw = { type: 'order.created', data: { total: 12.5 } };
const said = {
  severity: 'info',
  summary: 'order.created',
  description: null,
  started_at: at,
  resolved_at: null,
};
const signalExample = {
  event_id: 'evt_1',
  source: 'webhook',
  kind: 'event',
  service: ids.subscription,
  ...said,
  raw,
  routed: true,
  delivered_to: ['webhook'],
  event_type: 'order.created',
  test_mode: false,
  received_at: at,
  signal_id: ids.signal,
  revision: 1,
  correlation_id: 'order-1',
  suppressed_by: null,
};

/** What came in. */
export const signals: Operations = {
  'get /events': {
    summary: 'List signals, newest first',
    description: 'Times are those of receipt.',
    query: [pageQuery, filterQuery],
    answers: {
      200: {
        description: 'A page of signals.',
        schema: z.object({ events: z.array(signal), next_cursor: nextCursor }),
      },
    },
    examples: [
      {
        name: 'Those of one type',
        query: { type: 'order.created', limit: 1 },
        status: 200,
        answer: { events: [signalExample], next_cursor: null },
      },
    ],
  },
  'get /signals/:id': {
    summary: 'Read a signal',
    answers: { 200: { description: 'The signal.', schema: signal } },
    examples: [{ name: 'A signal', path: { id: ids.signal }, status: 200, answer: signalExample }],
  },
  'get /signals/:id/deliveries': {
    summary: 'List the deliveries of a signal, newest first',
    query: [pageQuery, signalDeliveryQuery],
    answers: { 200: { description: 'A page of deliveries.', schema: page(delivery) } },
    examples: [
      {
        name: 'All of them',
        path: { id: ids.signal },
        status: 200,
        answer: { data: [deliveryExample], next_cursor: null },
      },
    ],
  },
  'get /signals/:id/revisions': {
    summary: 'List the states a signal was in, newest first',
    query: [revisionQuery],
    answers: { 200: { description: 'A page of revisions.', schema: page(revision) } },
    examples: [
      {
        name: 'A signal that never changed',
        path: { id: ids.signal },
        status: 200,
        answer: {
          data: [
            {
              revision: 1,
              event_type: 'order.created',
              ...said,
              correlation_id: 'order-1',
              recorded_at: at,
              raw,
            },
          ],
          next_cursor: null,
        },
      },
    ],
  },
};

import { deliveryStatuses, severities, untoldReasons } from '@signalbox/domain';
import { alertRules, alertSchema } from '@signalbox/sources';
import { z } from 'zod';
import { decisionQuery } from '../routes/alerts.js';
import { at, ids, location } from './example-ids.js';
import { described } from './json-schema.js';
import { id, nextCursor, time } from './nouns.js';
import type { Operations } from './operation.js';

/** All but the location is made up where it is not told. */
const madeUp = described(alertSchema, alertRules).partial().required({ location: true });

const decided = z.object({
  delivery_id: id,
  channel: z.string(),
  status: z.enum(deliveryStatuses),
  not_before: time.nullable(),
  completed_at: time.nullable(),
  last_error: z.string().nullable(),
  fallback_of: id.nullable(),
});
const decision = z
  .object({
    user_id: id,
    name: z.string().nullable().meta({ description: 'null: there is no such user any more.' }),
    revision: z.int(),
    decision: z.enum(['told', 'not_told']),
    reason: z.enum(untoldReasons).nullable().meta({ description: 'Why the user was not told.' }),
    channel: z.string().nullable(),
    delivery_id: id.nullable(),
    status: z.enum(deliveryStatuses).nullable(),
    deliveries: z.array(decided).meta({ description: 'One per channel that was tried.' }),
  })
  .meta({ id: 'Decision', description: 'What was decided about one user.' });
const alert = z
  .object({
    alert_uuid: id,
    location: z.string(),
    label: z.string(),
    severity: z.enum(severities),
    test_mode: z.boolean(),
    time_spotted: time,
    received_at: time,
    revision: z.int(),
    signal_id: id,
    deliveries: z.record(z.string(), z.int()).meta({ description: 'How many, by status.' }),
    not_told: z.record(z.string(), z.int()).meta({ description: 'How many users, by reason.' }),
    fanning_out: z.boolean().meta({ description: 'Deliveries are still being written.' }),
    decisions: z.array(decision),
    next_cursor: nextCursor,
  })
  .meta({ id: 'Alert' });
const preview = z.object({
  known_store: z.boolean(),
  severity: z.enum(severities),
  would_notify: z.array(
    z.object({
      user_id: id,
      channel: z.string(),
      not_before: time.nullable().meta({ description: 'When quiet hours end.' }),
      fallback: z.array(z.string()).meta({ description: 'The channels after the first.' }),
    }),
  ),
  would_not: z.array(z.object({ user_id: id, reason: z.enum(untoldReasons) })),
});

const theft = { location, label: 'theft' };

/** Whom an alert is told to. */
export const alerts: Operations = {
  'get /alerts/:alert_uuid': {
    summary: 'Read an alert, and what was decided about each user',
    query: [decisionQuery],
    answers: { 200: { description: 'The alert.', schema: alert } },
    examples: [
      {
        name: 'A theft',
        path: { alert_uuid: ids.alert },
        status: 200,
        answer: {
          alert_uuid: ids.alert,
          ...theft,
          severity: 'critical',
          test_mode: false,
          time_spotted: at,
          received_at: at,
          revision: 1,
          signal_id: ids.signal,
          deliveries: { pending: 1 },
          not_told: { preference: 1 },
          fanning_out: false,
          decisions: [
            {
              user_id: ids.otherUser,
              name: 'Sam',
              revision: 1,
              decision: 'not_told',
              reason: 'preference',
              channel: null,
              delivery_id: null,
              status: null,
              deliveries: [],
            },
          ],
          next_cursor: null,
        },
      },
    ],
  },
  'post /alerts/preview': {
    summary: 'Ask whom an alert would be told to',
    description: 'Nothing is kept, and nobody is told.',
    body: { schema: madeUp },
    answers: { 200: { description: 'Whom it would be told to, and whom not.', schema: preview } },
    refusals: { 422: ['unknown_label'] },
    examples: [
      {
        name: 'A theft',
        body: theft,
        status: 200,
        answer: {
          known_store: true,
          severity: 'critical',
          would_notify: [{ user_id: ids.user, channel: 'email', not_before: null, fallback: [] }],
          would_not: [{ user_id: ids.otherUser, reason: 'preference' }],
        },
      },
    ],
  },
  'post /alerts/drill': {
    summary: 'Tell everybody an alert would be told to, marked as a test',
    body: { schema: madeUp },
    answers: {
      200: {
        description: 'The alert_uuid is known already.',
        schema: z.object({ received: z.literal(true), deduped: z.literal(true) }),
      },
      202: {
        description: 'It is kept and is going to be told.',
        schema: z.object({ received: z.literal(true), alert_uuid: id, signal_id: id }),
      },
    },
    refusals: { 404: ['not_found'], 422: ['unknown_label'] },
    examples: [
      {
        name: 'A theft',
        body: theft,
        status: 202,
        answer: { received: true, alert_uuid: ids.alert, signal_id: ids.signal },
      },
    ],
  },
};

import { severities } from '@signalbox/domain';
import { z } from 'zod';
import { asked } from '../routes/summarize.js';
import { wholeList } from './nouns.js';
import type { Operations } from './operation.js';

const readiness = z.object({
  ok: z.boolean(),
  postgres: z.boolean(),
  redis: z.boolean().meta({ description: 'Without it, signals are still accepted and kept.' }),
  workers: z.int().meta({ description: 'How many are alive.' }),
});

const channel = z
  .object({
    name: z.string(),
    label: z.string().meta({ description: 'What people call it.' }),
    example: z.string().meta({ description: 'An address; empty where it needs none.' }),
    address: z
      .looseObject({})
      .nullable()
      .meta({ description: 'A JSON Schema for addresses; null where it needs none.' }),
  })
  .meta({ id: 'Channel', description: 'A way to reach a user.' });

/** What else there is. */
export const system: Operations = {
  'get /healthz': {
    summary: 'Ask whether this process lives',
    answers: { 200: { description: 'It does.', schema: z.object({ ok: z.literal(true) }) } },
    examples: [{ name: 'It lives', status: 200, answer: { ok: true } }],
  },
  'get /readyz': {
    summary: 'Ask whether signals can be accepted',
    answers: {
      200: { description: 'They can.', schema: readiness },
      503: { description: 'They cannot: Postgres is away.', schema: readiness },
    },
    examples: [
      {
        name: 'They can',
        status: 200,
        answer: { ok: true, postgres: true, redis: true, workers: 2 },
      },
    ],
  },
  'get /metrics': {
    summary: 'Read what Prometheus reads',
    answers: { 200: { description: 'Metrics.', mediaType: 'text/plain' } },
    examples: [{ name: 'Metrics', status: 200 }],
  },
  'get /openapi.json': {
    summary: 'Read this document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
    examples: [{ name: 'The document', status: 200, answer: { openapi: '3.1.1' } }],
  },
  'get /channels': {
    summary: 'List the channels a user may choose',
    answers: { 200: { description: 'All of them.', schema: wholeList(channel) } },
    examples: [
      {
        name: 'One that needs no address',
        status: 200,
        answer: {
          data: [{ name: 'notification', label: 'Notification service', example: '', address: null }],
          next_cursor: null,
        },
      },
    ],
  },
  'post /ai/summarize': {
    summary: 'Summarize a text and say how grave it sounds',
    description:
      'A model where one is configured, which sees the text without personal data; else the words of the text decide.',
    body: { schema: asked, refusal: [400, 'bad_text'] },
    answers: {
      200: {
        description: 'There is always an answer.',
        schema: z.object({
          summary: z.string(),
          suggested_severity: z.enum(severities),
          by: z.enum(['model', 'stub']),
          fallback_reason: z.string().optional().meta({ description: 'Why it is not the model.' }),
        }),
      },
    },
    examples: [
      {
        name: 'An outage',
        body: { text: 'Payments are down since 10:40. We are investigating.' },
        status: 200,
        answer: {
          summary: 'Payments are down since 10:40.',
          suggested_severity: 'critical',
          by: 'stub',
          fallback_reason: 'not_configured',
        },
      },
    ],
  },
};

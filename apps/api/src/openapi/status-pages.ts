import { z } from 'zod';
import { newPage } from '../routes/status-pages.js';
import { at } from './example-ids.js';
import { nothing, problemExample, time, wholeList } from './nouns.js';
import type { Operations } from './operation.js';

const from = z.enum(['environment', 'api']).meta({ description: 'Where it was named.' });
const statusPage = z
  .object({
    name: z.string(),
    url: z.string().nullable().meta({ description: 'null: it is read from a fixture, or nowhere.' }),
    from,
    fetched: z.int().nullable().meta({ description: 'What the last poll that worked found.' }),
    polled_at: time.nullable(),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'StatusPage', description: 'What a vendor says of itself.' });
const added = z.object({ name: z.string(), url: z.string(), from, created_at: time });

const vendor = { name: 'my-vendor', url: 'https://status.example.com/api/v2/summary.json' };

/** What vendors say of themselves. */
export const statusPages: Operations = {
  'get /status-pages': {
    summary: 'List the status pages that are polled',
    answers: { 200: { description: 'All of them.', schema: wholeList(statusPage) } },
    examples: [
      {
        name: 'One that is polled',
        status: 200,
        answer: {
          data: [{ ...vendor, from: 'api', fetched: 12, polled_at: at, last_error: null }],
          next_cursor: null,
        },
      },
    ],
  },
  'post /status-pages': {
    summary: 'Poll one more status page',
    body: { schema: newPage, refusal: [400, 'bad_page'] },
    answers: { 201: { description: 'The page.', schema: added } },
    refusals: { 409: ['name_taken'] },
    examples: [
      {
        name: 'A vendor',
        body: vendor,
        status: 201,
        answer: { ...vendor, from: 'api', created_at: at },
      },
      {
        name: 'The same again',
        body: vendor,
        status: 409,
        answer: problemExample(409, 'Conflict', 'name_taken', 'There is a status page my-vendor already.'),
      },
    ],
  },
  'delete /status-pages/:name': {
    summary: 'Poll a status page no longer',
    description: 'Only one that was added by the API. Its signals stay.',
    answers: { 204: nothing },
    examples: [{ name: 'A vendor', path: { name: vendor.name }, status: 204 }],
  },
  'post /ingest/pull-status': {
    summary: 'Poll every status page now',
    answers: {
      200: {
        description: 'What was found; at least one page could be read.',
        schema: z.object({
          fetched: z.record(z.string(), z.int()).meta({ description: 'Incidents and components, by page.' }),
          stored: z.int().meta({ description: 'Signals that are new, or have changed.' }),
          routed: z.int().meta({ description: 'Of these, those that somebody is told of.' }),
          errors: z.record(z.string(), z.string()).optional().meta({ description: 'By page.' }),
        }),
      },
    },
    refusals: { 502: ['pages_failed'] },
    examples: [
      {
        name: 'Two pages',
        status: 200,
        answer: { fetched: { spreedly: 12, braze: 30 }, stored: 2, routed: 1 },
      },
    ],
  },
};

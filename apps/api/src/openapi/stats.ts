import { z } from 'zod';
import { statsQuery } from '../routes/stats.js';
import { at, ids } from './example-ids.js';
import { time } from './nouns.js';
import type { Operation, Operations } from './operation.js';

const latency = {
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
};
const stats = z
  .object({
    attempts: z.int(),
    delivered: z.int(),
    failed: z.int(),
    error_rate: z.number().meta({ description: 'From 0 to 1: failed attempts of all.' }),
    reasons: z.record(z.string(), z.int()).meta({ description: 'Failed attempts by reason.' }),
    latency_ms: z
      .object(latency)
      .meta({ description: 'Of all attempts; at most 9 % off, or 1 ms. Unit: ms.' }),
    series: z
      .array(z.object({ at: time, attempts: z.int(), failed: z.int(), ...latency }))
      .meta({ description: 'At most 120 points, oldest first; at is when each begins.' }),
  })
  .meta({ id: 'Stats', description: 'How attempts went.' });

const millis = { p50: 34, p95: 34, p99: 34 };
const answer = {
  attempts: 1,
  delivered: 1,
  failed: 0,
  error_rate: 0,
  reasons: {},
  latency_ms: millis,
  series: [{ at, attempts: 1, failed: 0, ...millis }],
};

function statsOf(noun: string, id: string): Operation {
  return {
    summary: `Read how the attempts for a ${noun} went of late`,
    query: [statsQuery],
    answers: { 200: { description: 'How they went.', schema: stats } },
    examples: [{ name: 'The last hour', path: { id }, query: { window: '1h' }, status: 200, answer }],
  };
}

/** How attempts went. */
export const statistics: Operations = {
  'get /partners/:id/stats': statsOf('partner', ids.partner),
  'get /subscriptions/:id/stats': statsOf('subscription', ids.subscription),
};

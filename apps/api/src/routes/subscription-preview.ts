import { compileFilter, eventTypeName, matchesEventType } from '@signalbox/domain';
import type { Router } from 'express';
import { z } from 'zod';
import { readBody } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { sendJson, sendProblem } from '../problem.js';
import { eventTypes, filter, transform } from '../subscription-schema.js';
import { compiles, reshape } from '../transforms.js';

const sample = z.unknown().refine((value) => value !== undefined, 'must be there; it may hold any JSON');

/** A payload, and what is to be made of it. */
export const preview = z.strictObject(
  {
    sample,
    filter: filter.optional(),
    transform: transform.optional(),
    event_types: eventTypes.default([]),
    event_type: eventTypeName.optional(),
  },
  { error: 'must be an object' },
);

/** What a subscription would make of a payload, before there is one. */
export function mountSubscriptionPreview(app: Router, { transformer }: Context): void {
  app.post('/subscriptions/preview', jsonBody(2 * 1_024), async (request, response) => {
    const body = readBody(preview, request, response);
    if (!body || !(await compiles(body.transform, transformer, response))) return;
    const { sample, filter, transform, event_types, event_type } = body;
    // Without a type it is about the payload alone.
    const isWanted = event_type === undefined || matchesEventType(event_types, event_type);
    const matches = isWanted && (!filter || compileFilter(filter)(sample));
    const made = await reshape(transform, Buffer.from(JSON.stringify(sample)), transformer);
    if (made.ok) return sendJson(response, 200, { matches, body: JSON.parse(made.body.toString('utf8')) });
    const detail = `The transform fails for this sample: ${made.detail}.`;
    sendProblem(response, { status: 422, reason: 'transform_failed', detail });
  });
}

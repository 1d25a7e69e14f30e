import { eventTypeName, type Signal } from '@signalbox/domain';
import { keepAudit } from '@signalbox/postgres';
import { normalizeWebhook } from '@signalbox/sources';
import type { Router } from 'express';
import { z } from 'zod';
import { deedOf } from '../audit.js';
import { readBody } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { acceptKeyed } from '../keyed.js';
import { readId, sendMissing } from '../paging.js';
import { sendProblem } from '../problem.js';
import { sendAccepted } from './webhooks.js';

/** What is to be sent; all of it is made up unless told. */
export const testEvent = z.strictObject(
  { type: eventTypeName.optional(), data: z.unknown().optional() },
  { error: 'must be an object' },
);

/** Sends a subscription an event of its own, the way every other goes, and marked. */
export function mountSubscriptionTest(app: Router, context: Context): void {
  app.post('/subscriptions/:id/test', jsonBody(256), async (request, response) => {
    const id = readId(request, response, 'subscription');
    const body = id && readBody(testEvent, request, response);
    if (!id || !body) return;
    const ready = await context.subscriptions.find(id.toLowerCase());
    if (!ready) return sendMissing(response, 'subscription', id);
    const type = body.type ?? typeFor(ready.subscription.eventTypes);
    const signal = testSignal(ready.id, type, body.data ?? { message: 'A test from Signalbox.' });
    const deed = deedOf(request, response, 'subscription.tested');
    await keepAudit(context.pool, { ...deed, kind: 'subscription', id: ready.id, after: { type } });
    const correlationId = String(response.getHeader('x-request-id'));
    const kept = await acceptKeyed({ signal, keyed: false }, correlationId, context);
    if (kept.type === 'new') return sendAccepted(response, kept.stored);
    const detail = 'The database cannot be reached; nothing was sent.';
    sendProblem(response, { status: 503, reason: 'unavailable', detail });
  });
}

/** A type that the subscription takes. */
function typeFor([pattern = 'signalbox.test']: readonly string[]): string {
  if (pattern === '*') return 'signalbox.test';
  return pattern.endsWith('.*') ? `${pattern.slice(0, -1)}test` : pattern;
}

function testSignal(subscriptionId: string, type: string, data: unknown): Signal {
  const bytes = Buffer.from(JSON.stringify({ type, data }));
  const headers = { 'content-type': 'application/json', 'x-event-type': type };
  const request = { bytes, headers, receivedAt: new Date(), subscriptionId, eventTypeQuery: undefined };
  const normalized = normalizeWebhook(request);
  if ('status' in normalized) throw new Error(`A test that our own door refuses: ${normalized.detail}`);
  return { ...normalized.signal, summary: `${type} (test)`, testMode: true };
}

import { eventTypeName, newId, type Signal } from '@signalbox/domain';
import express, { type Router } from 'express';
import { z } from 'zod';
import { readBody } from '../body.js';
import type { Context } from '../context.js';
import { acceptKeyed } from '../keyed.js';
import { readId, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

const testEvent = z.strictObject(
  { type: eventTypeName.optional(), data: z.unknown().optional() },
  { error: 'must be an object' },
);

/** Sends a subscription an event of its own, the way every other goes, and marked. */
export function mountSubscriptionTest(app: Router, context: Context): void {
  app.post('/subscriptions/:id/test', express.json({ limit: '256kb' }), async (request, response) => {
    const id = readId(request, response, 'subscription');
    const body = id && readBody(testEvent, request, response);
    if (!id || !body) return;
    const ready = await context.subscriptions.find(id.toLowerCase());
    if (!ready) return sendMissing(response, 'subscription', id);
    const type = body.type ?? typeFor(ready.subscription.eventTypes);
    const signal = testSignal(ready.id, type, body.data ?? { message: 'A test from Signalbox.' });
    const correlationId = String(response.getHeader('x-request-id'));
    const kept = await acceptKeyed({ signal, keyed: false }, correlationId, context);
    if (kept.type !== 'new') {
      const detail = 'The database cannot be reached; nothing was sent.';
      return sendProblem(response, { status: 503, reason: 'unavailable', detail });
    }
    const { signalId: signal_id, deliveryIds: [delivery_id = ''] = [], owed } = kept.stored;
    const skipped = owed.length === 0 && { skipped: true };
    sendJson(response, 202, {
      received: true,
      signal_id,
      delivery_id,
      status_url: `/deliveries/${delivery_id}`,
      ...skipped,
    });
  });
}

/** A type that the subscription takes. */
function typeFor([pattern = 'signalbox.test']: readonly string[]): string {
  if (pattern === '*') return 'signalbox.test';
  return pattern.endsWith('.*') ? `${pattern.slice(0, -1)}test` : pattern;
}

function testSignal(subscriptionId: string, type: string, data: unknown): Signal {
  const eventId = newId();
  return {
    eventId,
    source: 'webhook',
    dedupeKey: `${subscriptionId}:${eventId}`,
    version: 0,
    eventType: type,
    kind: 'event',
    severity: 'info',
    service: subscriptionId,
    summary: `${type} (test)`,
    description: null,
    startedAt: new Date(),
    resolvedAt: null,
    audience: { type: 'subscription', id: subscriptionId },
    testMode: true,
    raw: Buffer.from(JSON.stringify({ type, data })),
  };
}

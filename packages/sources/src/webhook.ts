import { eventTypeName, newId, type Signal } from '@signalbox/domain';
import { idempotencyKey } from './idempotency-key.js';
import { readJson } from './json-body.js';
import type { Inbound, Rejection } from './source.js';

/** What an event is called that nobody gave a type. */
const untyped = 'webhook';

/** A request that was made to one subscription. */
export interface WebhookRequest extends Inbound {
  subscriptionId: string;
  /** `?event_type=`; the header `X-Event-Type` comes first. */
  eventTypeQuery: unknown;
}

/** Any JSON for one subscription. Sources: requirements W2 and W10. */
export function normalizeWebhook(request: WebhookRequest): { signal: Signal; keyed: boolean } | Rejection {
  const body = readJson(request);
  if ('rejection' in body) return body.rejection;
  const { subscriptionId, bytes, headers, receivedAt } = request;
  const given = headers['x-event-type'] ?? request.eventTypeQuery ?? untyped;
  const eventType = eventTypeName.safeParse(given);
  if (!eventType.success) return badType(eventType.error.issues[0]?.message ?? '');
  const idempotency = idempotencyKey(headers);
  if ('status' in idempotency) return idempotency;
  const eventId = idempotency.key ?? newId();
  const signal: Signal = {
    eventId,
    source: 'webhook',
    dedupeKey: `${subscriptionId}:${eventId}`,
    version: 0,
    eventType: eventType.data,
    kind: 'event',
    severity: 'info',
    service: subscriptionId,
    summary: eventType.data,
    description: null,
    startedAt: receivedAt,
    resolvedAt: null,
    audience: { type: 'subscription', id: subscriptionId },
    testMode: false,
    raw: bytes,
  };
  return { signal, keyed: idempotency.key !== null };
}

function badType(message: string): Rejection {
  const detail = 'The event type, in the header X-Event-Type or in ?event_type=, is none.';
  return { status: 400, reason: 'bad_event_type', detail, errors: [{ path: 'event_type', message }] };
}

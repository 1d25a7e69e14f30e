import { eventTypeName, newId, type Signal } from '@signalbox/domain';
import { z } from 'zod';
import { idempotencyKey } from './idempotency-key.js';
import { fieldErrors, invalidFields } from './invalid-fields.js';
import { readJsonObject } from './json-body.js';
import type { Inbound, Rejection } from './source.js';

const idRule = 'must be 1 to 255 visible ASCII characters';
/** What an event must hold. */
export const eventSchema = z.object({
  type: eventTypeName,
  data: z.unknown(),
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional(),
});

/** An event that is published for whoever subscribes to its type. Source: requirement O1. */
export function normalizeEvent(inbound: Inbound): { signal: Signal; keyed: boolean } | Rejection {
  const body = readJsonObject(inbound);
  if ('rejection' in body) return body.rejection;
  const event = eventSchema.safeParse(body.object);
  if (!event.success) return invalidFields(fieldErrors(event.error, eventRules));
  if (!('data' in body.object)) return invalidFields([{ path: 'data', message: eventRules.data }]);
  const idempotency = idempotencyKey(inbound.headers);
  if ('status' in idempotency) return idempotency;
  // The id of an event is as good a name for it as the key of the request that brings it.
  const key = idempotency.key ?? event.data.id ?? null;
  const signal: Signal = {
    eventId: event.data.id ?? key ?? newId(),
    source: 'events',
    dedupeKey: key ?? newId(),
    version: 0,
    eventType: event.data.type,
    kind: 'event',
    severity: 'info',
    service: 'events',
    summary: event.data.type,
    description: null,
    startedAt: inbound.receivedAt,
    resolvedAt: null,
    audience: { type: 'subscribers' },
    testMode: false,
    raw: inbound.bytes,
  };
  return { signal, keyed: key !== null };
}

/** What each of its fields must be, in words. */
export const eventRules = {
  type: 'must be 1 to 100 letters, digits, _ - : / in parts joined by dots, like order.created',
  data: 'must be there; it may hold any JSON',
  id: idRule,
};

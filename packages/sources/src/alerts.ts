import { isName, nameRule, type Severity, type Signal, storable } from '@signalbox/domain';
import { z } from 'zod';
import { hubSignatureComplaint } from './hub-signature.js';
import { type FieldError, fieldErrors, invalidFields } from './invalid-fields.js';
import { readJsonObject } from './json-body.js';
import { type Inbound, lastSecond, type Rejection, type Source } from './source.js';

const settings = z.object({
  /** Set: every alert must carry an X-Hub-Signature-256 made with it. */
  ALERTS_SECRET: z.string().trim().optional(),
});

/** Alerts of the cameras in stores. Source of the format: requirement S1. */
export const alerts = {
  name: 'alerts',
  path: '/webhooks/alerts',
  settings,
  asksForSignature: ({ ALERTS_SECRET: secret }) => Boolean(secret),
  verify(inbound, { ALERTS_SECRET: secret }) {
    if (!secret) return null;
    const detail = hubSignatureComplaint(inbound, [secret], 'ALERTS_SECRET');
    return detail === null ? null : { status: 401, reason: 'bad_signature', detail };
  },
  normalize,
  accepted: ({ eventId }) => ({ status: 202, body: { received: true, alert_uuid: eventId } }),
  deduped: () => ({ status: 200, body: { received: true, deduped: true } }),
} as const satisfies Source<typeof settings>;

/** What each label means. A graver one is a later version: the same alert upgraded, no duplicate of it. */
const labels = new Map<string, { severity: Severity; version: number }>([
  ['normal', { severity: 'info', version: 0 }],
  ['suspicious', { severity: 'warning', version: 1 }],
  ['theft', { severity: 'critical', version: 2 }],
]);

/** What an alert must hold. */
export const alertSchema = z.object({
  url: z.string().max(2048).refine(isPlainHttpUrl),
  location: z.string().refine(isName),
  alert_uuid: z.guid(),
  label: z.string(),
  time_spotted: z.number().min(0).max(lastSecond),
});
type Alert = z.infer<typeof alertSchema>;

/** What each of its fields must be, in words. */
export const alertRules: Record<string, string> = {
  url: 'must be an http:// or https:// URL without white space, at most 2048 characters long',
  location: `must be the name of a store: ${nameRule}`,
  alert_uuid: 'must be a UUID, for example 6f9619ff-8b86-4011-b42d-00c04fc964ff',
  label: 'must be theft, suspicious or normal',
  time_spotted: 'must be a number: the seconds since 1970, before the year 10000',
};

function isPlainHttpUrl(text: string): boolean {
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) && text.isWellFormed() && URL.canParse(text);
}

function normalize(inbound: Inbound): Signal | Rejection {
  const body = readJsonObject(inbound);
  if ('rejection' in body) return body.rejection;
  const alert = alertSchema.safeParse(body.object);
  const unknown = unknownLabel(body.object.label);
  if (!alert.success) return invalidFields([...fieldErrors(alert.error, alertRules), ...unknown]);
  const meaning = labels.get(alert.data.label);
  return meaning ? toSignal(alert.data, meaning, inbound.bytes) : badLabel(unknown);
}

function unknownLabel(label: unknown): FieldError[] {
  if (typeof label !== 'string' || labels.has(label)) return [];
  return [{ path: 'label', message: `${alertRules.label}, but is "${storable(label, 50)}"` }];
}

/** Told apart from what is wrong in other ways: once the new label is known, all of them can be taken in. */
function badLabel(errors: FieldError[]): Rejection {
  return {
    status: 400,
    reason: 'unknown_label',
    detail: 'The label is unknown. The alert was kept for an operator to look at, and nobody was told.',
    errors,
  };
}

function toSignal(alert: Alert, meaning: { severity: Severity; version: number }, raw: Buffer): Signal {
  return {
    eventId: alert.alert_uuid,
    source: 'alerts',
    dedupeKey: alert.alert_uuid.toLowerCase(),
    version: meaning.version,
    eventType: `alert.${alert.label}`,
    kind: 'alert',
    severity: meaning.severity,
    // The source already says that a camera spoke; which store it was is what an operator looks for.
    service: alert.location,
    summary: `${alert.label} at ${alert.location}`,
    description: null,
    startedAt: new Date(Math.round(alert.time_spotted * 1000)),
    resolvedAt: null,
    audience: { type: 'store', location: alert.location },
    testMode: false,
    raw,
  };
}

import {
  isName,
  nameRule,
  type Severity,
  type Signal,
  storable,
  verifyHubSignature,
} from '@signalbox/domain';
import { z } from 'zod';
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
  verify(inbound, { ALERTS_SECRET: secret }) {
    if (!secret) return null;
    const header = inbound.headers['x-hub-signature-256'];
    const fits = typeof header === 'string' && verifyHubSignature(secret, inbound.bytes, header);
    return fits ? null : badSignature;
  },
  normalize,
  accepted: ({ eventId }) => ({ status: 202, body: { received: true, alert_uuid: eventId } }),
  deduped: () => ({ status: 200, body: { received: true, deduped: true } }),
} as const satisfies Source<typeof settings>;

const badSignature: Rejection = {
  status: 401,
  reason: 'bad_signature',
  detail:
    'The X-Hub-Signature-256 header must be "sha256=" and the hex HMAC-SHA256 of the body under ALERTS_SECRET.',
};

/** What each label means. A graver one is a later version: the same alert upgraded, no duplicate of it. */
const labels = new Map<string, { severity: Severity; version: number }>([
  ['normal', { severity: 'info', version: 0 }],
  ['suspicious', { severity: 'warning', version: 1 }],
  ['theft', { severity: 'critical', version: 2 }],
]);

const alertSchema = z.object({
  url: z.string().max(2048).refine(isPlainHttpUrl),
  location: z.string().refine(isName),
  alert_uuid: z.guid(),
  label: z.string(),
  time_spotted: z.number().min(0).max(lastSecond),
});
type Alert = z.infer<typeof alertSchema>;

const rules: Record<string, string> = {
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
  if (!alert.success) return invalidFields([...fieldErrors(alert.error, rules), ...unknown]);
  const meaning = labels.get(alert.data.label);
  return meaning ? toSignal(alert.data, meaning, inbound.bytes) : keptForItsLabel(unknown);
}

function unknownLabel(label: unknown): FieldError[] {
  if (typeof label !== 'string' || labels.has(label)) return [];
  return [{ path: 'label', message: `${rules.label}, but is "${storable(label, 50)}"` }];
}

/** A theft must not vanish because of a new label, so what is wrong in nothing else is kept. */
function keptForItsLabel(errors: FieldError[]): Rejection {
  return {
    status: 400,
    reason: 'unknown_label',
    detail: 'The label is unknown. The alert was kept for an operator to look at, and nobody was told.',
    errors,
    keep: true,
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

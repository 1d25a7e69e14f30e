import {
  customHeaders,
  eventTypePattern,
  filterSchema,
  isPlain,
  maskHeaders,
  parseDuration,
  transformSchema,
} from '@signalbox/domain';
import type { StoredSubscription, SubscriptionFields } from '@signalbox/postgres';
import { z } from 'zod';
import { ingestSecret, signingSecret } from './subscription-secret.js';

const urlRule = 'must be an http or https URL of at most 2,048 characters, without a user and a password';
const url = z
  .string({ error: urlRule })
  .max(2_048, { error: urlRule, abort: true })
  .refine(isTarget, { error: urlRule });

const partnerRule = 'must be the id of a partner, or null';
const partnerId = z.guid({ error: partnerRule }).toLowerCase().nullable();

const descriptionRule = 'must be at most 500 characters without control characters, or null';
const description = z
  .string({ error: descriptionRule })
  .max(500, { error: descriptionRule, abort: true })
  .refine(isPlain, { error: descriptionRule })
  .nullable();

const typesRule = 'must be a list of at most 100 event types such as order.created or order.*';
export const eventTypes = z.array(eventTypePattern, { error: typesRule }).max(100, { error: typesRule });

const rateLimit = z
  .strictObject(
    { limit: whole(1, 10_000), period_seconds: whole(1, 86_400) },
    { error: 'must be null, or an object with limit and period_seconds' },
  )
  .transform(({ limit, period_seconds }) => ({ limit, periodSeconds: period_seconds }))
  .nullable();

const waitRule = 'must be a duration from 1s to 24h, such as 10s, 5m or 1h';
const wait = z.string({ error: waitRule }).transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms >= 1_000 && ms <= 24 * 3_600_000) return ms;
  context.addIssue({ code: 'custom', message: waitRule });
  return z.NEVER;
});
const scheduleRule = 'must be a list of at most 20 durations such as 10s or 5m, or null';
const retrySchedule = z.array(wait, { error: scheduleRule }).max(20, { error: scheduleRule }).nullable();

const flag = z.boolean({ error: 'must be true or false' });

/** null: everything passes. */
export const filter = filterSchema.nullable();
/** null: nothing is changed. */
export const transform = transformSchema.nullable();

const settings = {
  partner_id: partnerId.optional(),
  allow_http: flag.optional(),
  description: description.optional(),
  event_types: eventTypes.optional(),
  filter: filter.optional(),
  transform: transform.optional(),
  rate_limit: rateLimit.optional(),
  max_in_flight: whole(1, 100).optional(),
  timeout_seconds: whole(5, 30).optional(),
  retry_schedule: retrySchedule.optional(),
  headers: customHeaders.optional(),
  hub_signature: flag.optional(),
  enabled: flag.optional(),
};
const error = 'must be an object';

export const newSubscription = z.strictObject(
  { url, ...settings, secret: signingSecret, ingest_secret: ingestSecret.default(null) },
  { error },
);

const rotated = z.undefined({ error: 'is changed by POST /subscriptions/{id}/rotate-secret' }).optional();

/** What is left out stays as it is. */
export const subscriptionChange = z.strictObject(
  { url: url.optional(), ...settings, secret: rotated, ingest_secret: rotated },
  { error },
);

/** What a request tells of a subscription, in the words of the domain. */
export function toFields(told: z.infer<typeof subscriptionChange>): SubscriptionFields {
  return {
    partnerId: told.partner_id,
    url: told.url,
    allowHttp: told.allow_http,
    description: told.description,
    eventTypes: told.event_types,
    filter: told.filter,
    transform: told.transform,
    rateLimit: told.rate_limit,
    maxInFlight: told.max_in_flight,
    timeoutMs: told.timeout_seconds && told.timeout_seconds * 1_000,
    retrySchedule: told.retry_schedule,
    hubSignature: told.hub_signature,
    ...(told.enabled !== undefined && switched(told.enabled)),
  };
}

function switched(enabled: boolean): SubscriptionFields {
  if (enabled) return { enabled, disabledReason: null, failingSince: null };
  return { enabled, disabledReason: 'by_operator' };
}

/** A subscription as the API shows it; of its secrets only what there is. */
export function shownSubscription(subscription: StoredSubscription) {
  const { rateLimit, retrySchedule, sealedSecrets } = subscription;
  const expiries = sealedSecrets.flatMap(({ kind, expiresAt }) =>
    kind === 'signing' && expiresAt ? [Number(expiresAt)] : [],
  );
  return {
    id: subscription.id,
    partner_id: subscription.partnerId,
    url: subscription.url,
    allow_http: subscription.allowHttp,
    description: subscription.description,
    event_types: subscription.eventTypes,
    filter: subscription.filter,
    transform: subscription.transform,
    rate_limit: rateLimit && { limit: rateLimit.limit, period_seconds: rateLimit.periodSeconds },
    max_in_flight: subscription.maxInFlight,
    timeout_seconds: subscription.timeoutMs / 1_000,
    retry_schedule: retrySchedule?.map(shownDuration) ?? null,
    headers: maskHeaders(subscription.headers),
    hub_signature: subscription.hubSignature,
    enabled: subscription.enabled,
    disabled_reason: subscription.disabledReason,
    has_ingest_secret: sealedSecrets.some(({ kind }) => kind === 'ingest'),
    // When the last of those before the newest stops signing.
    secret_expires_at: expiries.length > 0 ? new Date(Math.max(...expiries)) : null,
    created_at: subscription.createdAt,
    updated_at: subscription.updatedAt,
  };
}

function isTarget(text: string): boolean {
  if (!/^https?:\/\/\S+$/i.test(text) || !isPlain(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

function shownDuration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

function whole(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int({ error: rule }).min(min, { error: rule }).max(max, { error: rule });
}

import { hash } from 'node:crypto';
import { type Delivery, jsonView } from '@signalbox/domain';
import { cut } from './cut.js';

/** Whom an event is sent for. */
export interface PagerdutyAccount {
  /** The integration key of a PagerDuty service: a secret, which belongs into the body and nowhere else. */
  routingKey: string;
  /** Where people find us; ends with a slash. */
  homeUrl: string;
}

/** PagerDuty takes 512 KB, and does not say which. Unit: bytes. */
const bodyLimit = 512_000;
const dedupKeyLimit = 255;
const lineLimit = 1024;
const descriptionLimit = 8192;

/**
 * The body that opens, or closes, the alert of a signal, in at most 512,000 bytes.
 * Source: developer.pagerduty.com/docs/events-api-v2, "Trigger events" and "Resolve events".
 */
export function pagerdutyBody(delivery: Delivery, account: PagerdutyAccount): string {
  const dedupKey = dedupKeyOf(delivery);
  if (delivery.signal.resolvedAt) {
    return JSON.stringify({
      routing_key: account.routingKey,
      event_action: 'resolve',
      dedup_key: dedupKey,
    });
  }
  const raw = fields(delivery.signal.raw);
  const body = trigger(delivery, account, dedupKey, raw, details(delivery, raw));
  return Buffer.byteLength(body) <= bodyLimit ? body : trigger(delivery, account, dedupKey, raw, tooLarge);
}

/** One alert for all revisions of a signal; whatever is too long is told apart by a digest at its end. */
function dedupKeyOf({ signal }: Delivery): string {
  const key = `${signal.source}/${signal.eventId}`.toWellFormed();
  return key.length <= dedupKeyLimit ? key : `${cut(key, 100)}#${hash('sha256', key, 'base64url')}`;
}

type Fields = Record<string, unknown>;

function fields(raw: Buffer): Fields {
  const view = jsonView(raw);
  return typeof view === 'object' && view !== null ? (view as Fields) : {};
}

function trigger(
  { signal, signalId }: Delivery,
  { routingKey, homeUrl }: PagerdutyAccount,
  dedupKey: string,
  raw: Fields,
  customDetails: Fields,
): string {
  return JSON.stringify({
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: dedupKey,
    client: 'Signalbox',
    client_url: new URL(`signals/${signalId}`, homeUrl).href,
    links: links(raw),
    payload: {
      summary: cut(headline(signal), lineLimit),
      source: cut(signal.service, lineLimit),
      severity: signal.severity,
      timestamp: signal.startedAt.toISOString(),
      component: signal.kind,
      group: cut(signal.source, lineLimit),
      class: cut(signal.eventType, lineLimit),
      custom_details: customDetails,
    },
  });
}

function headline({ service, summary }: Delivery['signal']): string {
  const prefix = `[${service}] `;
  return summary.startsWith(prefix) ? summary : prefix + summary;
}

/** Beside the payload: inside it they are lost without a word. */
function links({ shortlink }: Fields): { href: string; text: string }[] {
  return isWebAddress(shortlink) ? [{ href: shortlink, text: 'Status page' }] : [];
}

function isWebAddress(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 2048 || !URL.canParse(value)) return false;
  return /^https?:$/.test(new URL(value).protocol);
}

function details({ signal, signalId, correlationId }: Delivery, raw: Fields): Fields {
  return {
    event_id: signal.eventId.toWellFormed(),
    status: word(raw.status),
    impact: word(raw.impact),
    livemode: typeof raw.livemode === 'boolean' ? raw.livemode : undefined,
    description: signal.description === null ? undefined : cut(signal.description, descriptionLimit),
    signal_id: signalId,
    correlation_id: correlationId.toWellFormed(),
  };
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? cut(value, lineLimit) : undefined;
}

const tooLarge = {
  notice: 'The details are left out: with them the event would have been larger than PagerDuty allows.',
};

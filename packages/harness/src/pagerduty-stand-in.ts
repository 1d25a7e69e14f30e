import { randomUUID } from 'node:crypto';
import { type Answer, listen, type Received } from './listener.js';

/** A call of `POST /v2/enqueue`, and what was answered. */
export interface PagerdutyCall {
  /** Unix ms */
  at: number;
  /** The body as JSON; its text where it is none. */
  body: unknown;
  /** `trigger`, `resolve` …; null where the body names none, as with the two below. */
  action: string | null;
  dedupKey: string | null;
  routingKey: string | null;
  /** 202, 400, 404, 429, or what was programmed. */
  answer: number | 'hang' | 'reset';
}

/** What somebody on call would see. */
export interface PagerdutyAlert {
  routingKey: string;
  dedupKey: string;
  status: 'open' | 'acknowledged' | 'resolved';
  /** The first trigger. */
  event: Fields;
  /** The actions that reached it, in order: a second trigger is only another entry. */
  log: string[];
}

/** A PagerDuty in this process. */
export interface PagerdutyStandIn {
  /** For `PAGERDUTY_URL`. */
  readonly url: string;
  /** In the order they came, the failed ones included. */
  readonly calls: PagerdutyCall[];
  /** In the order they were opened. */
  readonly alerts: PagerdutyAlert[];
  /** Lets the next calls fail this way instead of reading them: a status of 5xx, 'hang', 'reset'. */
  readonly failNext: (answer: Answer, times?: number) => void;
  readonly close: () => Promise<void>;
}

export interface PagerdutyLimit {
  /** How many calls a routing key has in a window; 120 unless told. */
  calls?: number;
  /** 60 000 unless told. Unit: ms. */
  windowMs?: number;
}

type Fields = Record<string, unknown>;

/**
 * Plays the Events API v2: validation, alerts by dedup key, a rate limit per routing key over a sliding window.
 * Sources: PagerDuty's documentation of the Events API v2 ("Overview", "Send an Alert Event") and its API schema. The
 * documentation leaves open whether calls beyond the limit count against it; here they do not.
 */
export async function startPagerdutyStandIn(limit: PagerdutyLimit = {}): Promise<PagerdutyStandIn> {
  const listener = await listen();
  const calls: PagerdutyCall[] = [];
  const alerts: PagerdutyAlert[] = [];
  const failures: Answer[] = [];
  const throttled = throttle(limit);
  listener.respond((received) => {
    const event = read(received);
    const answer = failures.shift() ?? enqueue(received, event, alerts, throttled);
    calls.push(call(received, event, answer));
    return answer;
  });
  return {
    url: listener.url,
    calls,
    alerts,
    failNext: (answer, times = 1) => {
      failures.push(...Array.from({ length: times }, () => answer));
    },
    close: listener.close,
  };
}

function read(received: Received): unknown {
  try {
    return received.json();
  } catch {
    return received.body.toString();
  }
}

function call({ at }: Received, body: unknown, answer: Answer): PagerdutyCall {
  const { event_action, dedup_key, routing_key } = isObject(body) ? body : {};
  return {
    at,
    body,
    action: textOrNull(event_action),
    dedupKey: textOrNull(dedup_key),
    routingKey: textOrNull(routing_key),
    answer: typeof answer === 'string' ? answer : answer.status,
  };
}

type Throttle = (routingKey: string, now: number) => boolean;

function enqueue(
  { method, path, body, at }: Received,
  event: unknown,
  alerts: PagerdutyAlert[],
  throttled: Throttle,
): Answer {
  if (method !== 'POST' || path !== '/v2/enqueue') return json(404, { message: 'Not Found' });
  const routingKey = isObject(event) ? textOrNull(event.routing_key) : null;
  if (routingKey !== null && throttled(routingKey, at)) return json(429, tooMany);
  const errors = body.length > bodyLimit ? ['Event is larger than 512 KB'] : mistakes(event);
  if (errors.length > 0) {
    return json(400, { status: 'invalid event', message: 'Event object is invalid', errors });
  }
  const dedupKey = record(event as Fields, alerts);
  return json(202, { status: 'success', message: 'Event processed', dedup_key: dedupKey });
}

const bodyLimit = 512 * 1024;

const tooMany = {
  status: 'throttle exceeded',
  message: 'Requests for this service are arriving too quickly. Please retry later.',
};

function json(status: number, body: Fields): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function throttle({ calls = 120, windowMs = 60_000 }: PagerdutyLimit): Throttle {
  const taken = new Map<string, number[]>();
  return (routingKey, now) => {
    const recent = (taken.get(routingKey) ?? []).filter((at) => at > now - windowMs);
    if (recent.length < calls) recent.push(now);
    else return true;
    taken.set(routingKey, recent);
    return false;
  };
}

/** What is wrong with a body, in the manner of the API. */
function mistakes(event: unknown): string[] {
  if (!isObject(event)) return ['Event is not a JSON object'];
  const { routing_key, event_action, dedup_key, payload } = event;
  const trigger = event_action === 'trigger';
  return complaints([
    [isText(routing_key), "'routing_key' is missing or blank"],
    [!isText(routing_key) || routing_key.length === 32, "Length of 'routing_key' is incorrect"],
    [
      ['trigger', 'acknowledge', 'resolve'].includes(String(event_action)),
      "'event_action' is missing or invalid",
    ],
    [trigger || isText(dedup_key), "'dedup_key' is missing or blank"],
    [dedup_key === undefined || isTextUpTo(dedup_key, 255), "'dedup_key' is longer than 255 characters"],
    ...(trigger ? [...payloadRules(payload), ...contextRules(event)] : []),
  ]);
}

/** What has to hold, and what is said where it does not. */
type Rule = [holds: boolean, otherwise: string];

function complaints(rules: readonly Rule[]): string[] {
  return rules.filter(([holds]) => !holds).map(([, otherwise]) => otherwise);
}

/** Unknown fields are nobody's mistake: `links` in here are passed over without a word. */
function payloadRules(payload: unknown): Rule[] {
  if (!isObject(payload)) return [[false, "'payload' is missing or blank"]];
  const { summary, source, severity, timestamp, custom_details } = payload;
  return [
    [isText(summary), "'payload.summary' is missing or blank"],
    [!isText(summary) || isTextUpTo(summary, 1024), "'payload.summary' is longer than 1024 characters"],
    [isText(source), "'payload.source' is missing or blank"],
    [
      ['critical', 'error', 'warning', 'info'].includes(severity as string),
      "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
    ],
    [timestamp === undefined || isTime(timestamp), "'payload.timestamp' is not in ISO 8601 format"],
    [custom_details === undefined || isObject(custom_details), "'payload.custom_details' is not an object"],
  ];
}

function contextRules({ links, images }: Fields): Rule[] {
  return [
    [everyHas(links, 'href'), "'links' need an 'href' each"],
    [everyHas(images, 'src'), "'images' need a 'src' each"],
  ];
}

function everyHas(list: unknown, field: string): boolean {
  if (list === undefined) return true;
  return Array.isArray(list) && list.every((item) => isObject(item) && isText(item[field]));
}

/** Does what a valid event asks for. Returns the dedup key, which is made up for a trigger without one. */
function record(event: Fields, alerts: PagerdutyAlert[]): string {
  const routingKey = String(event.routing_key);
  const dedupKey = textOrNull(event.dedup_key) ?? randomUUID().replaceAll('-', '');
  const action = event.event_action as 'trigger' | 'acknowledge' | 'resolve';
  const alert = alerts.find(
    (one) => one.routingKey === routingKey && one.dedupKey === dedupKey && one.status !== 'resolved',
  );
  if (alert) {
    alert.log.push(action);
    if (action !== 'trigger') alert.status = action === 'resolve' ? 'resolved' : 'acknowledged';
  } else if (action === 'trigger') {
    alerts.push({ routingKey, dedupKey, status: 'open', event, log: [action] });
  }
  return dedupKey;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isTextUpTo(value: unknown, limit: number): boolean {
  return isText(value) && Array.from(value).length <= limit;
}

function isTime(value: unknown): boolean {
  return isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value));
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

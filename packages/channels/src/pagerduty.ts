import { hash } from 'node:crypto';
import { apiKeys, type Delivery, grants, type Outcome, toNormalizedEvent } from '@signalbox/domain';
import { z } from 'zod';
import type { Channel } from './channel.js';
import { deliveryHeaders } from './delivery-headers.js';
import type { HttpResult } from './http.js';
import { pagerdutyBody } from './pagerduty-event.js';
import { serviceUrl } from './service-url.js';
import { judge, report, retryAfterMs } from './verdict.js';

const settings = z.object({
  PAGERDUTY_ROUTING_KEY: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9]{32}$/, {
      error: 'must be the integration key of a service with the Events API v2: 32 letters and digits',
    })
    .optional(),
  PAGERDUTY_URL: serviceUrl(
    'the URL of the Events API, such as https://events.eu.pagerduty.com for accounts in the EU',
  ).default('https://events.pagerduty.com'),
  SIGNALBOX_URL: serviceUrl('the URL of our own API, such as http://127.0.0.1:3000').default(
    'http://127.0.0.1:3000',
  ),
  SIGNALBOX_PUBLIC_URL: serviceUrl('the URL at which people reach Signalbox').optional(),
  /** Our own API asks for one that may publish, once there are keys. */
  API_KEYS: apiKeys(false),
});
type Settings = z.infer<typeof settings>;

/**
 * Pages whoever is on call: through the Events API v2 where there is a routing key, else by way of the destination
 * our own API plays. Source: requirement V4.
 */
export const pagerduty = {
  name: 'pagerduty',
  settings,
  inOrder: true,
  open(settings, { operatorHttp: http }) {
    const { url, toBody, hideKey, authorization } = destination(settings);
    return async (delivery) => {
      const headers = { ...deliveryHeaders(delivery), ...authorization };
      const result = await http.post({ url, headers, body: toBody(delivery) });
      return report(url, hideKey(result), verdict(result, delivery.attempt));
    };
  },
  // PagerDuty takes about 120 a minute per key. What is left over makes up for sends that leave late or are repeated.
  limit({ PAGERDUTY_ROUTING_KEY: routingKey }) {
    if (routingKey === undefined) return null;
    const key = `pagerduty-${hash('sha256', routingKey, 'base64url').slice(0, 16)}`;
    return { key, count: 100, periodMs: 60_000, burst: 10 };
  },
} as const satisfies Channel<typeof settings>;

interface Destination {
  url: string;
  authorization?: { authorization: string };
  toBody: (delivery: Delivery) => string;
  /** An answer may quote what was sent, and is stored. */
  hideKey: (result: HttpResult) => HttpResult;
}

function destination(settings: Settings): Destination {
  const { PAGERDUTY_ROUTING_KEY: routingKey, PAGERDUTY_URL, SIGNALBOX_URL, SIGNALBOX_PUBLIC_URL } = settings;
  if (routingKey === undefined) {
    const publisher = settings.API_KEYS.find(({ scope }) => grants(scope, 'ingest'));
    return {
      url: below(SIGNALBOX_URL, '/destinations/pagerduty'),
      ...(publisher && { authorization: { authorization: `Bearer ${publisher.key}` } }),
      toBody: ({ signal }) => JSON.stringify(toNormalizedEvent(signal)),
      hideKey: (result) => result,
    };
  }
  const account = { routingKey, homeUrl: below(SIGNALBOX_PUBLIC_URL ?? SIGNALBOX_URL, '/') };
  return {
    url: below(PAGERDUTY_URL, '/v2/enqueue'),
    toBody: (delivery) => pagerdutyBody(delivery, account),
    hideKey: (result) => withoutKey(result, routingKey),
  };
}

/** The URL of a path below a base, which is welcome to name it itself. */
function below(base: string, path: string): string {
  const url = new URL(base);
  const start = url.pathname.replace(/\/+$/, '');
  url.pathname = path !== '/' && start.endsWith(path) ? start : start + path;
  return url.href;
}

function withoutKey(result: HttpResult, routingKey: string): HttpResult {
  if (!result.ok) return result;
  // The end of an excerpt may have cut the key short.
  const key = new RegExp(`${routingKey.slice(0, 8)}[a-z0-9]{0,24}`, 'gi');
  return { ...result, excerpt: result.excerpt.replace(key, '[routing key]') };
}

/**
 * 400 says that the event itself is no good, so that sending it again would not help. Everything else a wrong key or
 * URL could be to blame for (401, 403, 404, 410) may be put right, and the page is still wanted then.
 */
function verdict(result: HttpResult, attempt: number): Outcome {
  const outcome = judge(result);
  if (!result.ok) return outcome;
  // Whatever else says yes is not PagerDuty, and has paged nobody.
  if (outcome.type === 'delivered' && result.statusCode !== 202)
    return { type: 'retry', reason: 'unexpected_answer' };
  if (result.statusCode === 400) return { type: 'refused', reason: 'client_error' };
  if (result.statusCode === 410) return { type: 'retry', reason: 'client_error' };
  if (result.statusCode !== 429) return outcome;
  const afterMs = Math.max(retryAfterMs(result.retryAfter) ?? 0, throttledMs(attempt));
  return { type: 'retry', reason: 'rate_limited', afterMs };
}

/** The wait after a 429 in answer to attempt 1, 2, …: PagerDuty names no time, and means 30 s to minutes. Unit: ms. */
const throttledWaits = [30_000, 60_000, 120_000, 300_000];
const longestThrottledWait = 300_000;

/** Up to a fifth longer, so that what was turned away together does not come back together. */
function throttledMs(attempt: number, random = Math.random()): number {
  const wait = throttledWaits[attempt - 1] ?? longestThrottledWait;
  return Math.round(wait * (1 + random / 5));
}

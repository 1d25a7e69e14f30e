import { hash } from 'node:crypto';
import type { Outcome } from '@signalbox/domain';
import { z } from 'zod';
import type { Channel } from './channel.js';
import { deliveryHeaders } from './delivery-headers.js';
import type { HttpResult } from './http.js';
import { serviceUrl } from './service-url.js';
import { slackMessage } from './slack-message.js';
import { judge, report } from './verdict.js';

const settings = z.object({});

/**
 * Posts an alert to the incoming webhook of a Slack channel, or of a server that takes the same.
 * Source: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
 */
export const slack = {
  name: 'slack',
  settings,
  recipient: {
    label: 'Slack',
    address: serviceUrl('the URL of an incoming webhook').max(500, {
      error: 'must be the URL of an incoming webhook, at most 500 characters long',
    }),
    isUrl: true,
    example: 'https://hooks.slack.com/services/T000/B000/XXXX',
    shown: (url) => `${withoutPath(url)}${digest(url).slice(0, 6)}`,
  },
  open(_, { http }) {
    return async (delivery) => {
      const url = delivery.address ?? '';
      const body = JSON.stringify(slackMessage(delivery));
      const result = await http.post({ url, headers: deliveryHeaders(delivery), body });
      return report(withoutPath(url), withoutSecret(result, url), verdict(result));
    };
  },
  // Source: docs.slack.dev/apis/web-api/rate-limits, "Posting messages".
  limit(_, { address }) {
    const key = `slack-${digest(address ?? '').slice(0, 16)}`;
    return { key, count: 1, periodMs: 1_000, burst: 1 };
  },
} as const satisfies Channel<typeof settings>;

/** Tells one URL from another without telling it. */
function digest(url: string): string {
  return hash('sha256', url, 'base64url');
}

/** Whoever knows the URL can post, so a report has no more of it than the server. */
function withoutPath(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}/…` : '';
}

/** An answer may quote the URL, or parts of it, and is stored. */
function withoutSecret(result: HttpResult, url: string): HttpResult {
  if (!result.ok) return result;
  const { pathname, search } = new URL(url);
  const parts = (pathname + search).match(/[\w-]{6,}/g) ?? [];
  const excerpt = parts.reduce((text, part) => {
    // The end of an excerpt may have cut the part short; in an escaped URL the part follows %2F.
    const pattern = new RegExp(`(?<=^|\\W|%[0-9a-f]{2})(${part}|${part.slice(0, 6)}[\\w-]*$)`, 'gi');
    return text.replace(pattern, '…');
  }, result.excerpt);
  return { ...result, excerpt };
}

/** The answers, in plain text, of a webhook or a channel that will not come back by itself. Source: as above. */
const gone = new Set([
  'action_prohibited',
  'channel_is_archived',
  'channel_not_found',
  'invalid_token',
  'no_active_hooks',
  'no_service',
  'no_service_id',
  'no_team',
  'posting_to_general_channel_denied',
  'team_disabled',
  'user_not_found',
]);

function verdict(result: HttpResult): Outcome {
  const outcome = judge(result);
  if (!result.ok || result.statusCode < 400 || result.statusCode >= 500) return outcome;
  if (gone.has(result.excerpt.trim())) return { type: 'refused', reason: 'gone' };
  // The message itself is no good: `invalid_payload`, `too_many_attachments`.
  return result.statusCode === 400 ? { type: 'refused', reason: 'client_error' } : outcome;
}

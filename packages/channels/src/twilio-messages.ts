import { jsonView, type Outcome, type Sent, storable } from '@signalbox/domain';
import { z } from 'zod';
import type { Http, HttpResult } from './http.js';
import type { TwilioAccount } from './twilio-account.js';
import { twilioOutcome } from './twilio-outcome.js';
import { judge, report } from './verdict.js';

/** One message, as it is sent and as it is known again. */
export interface TwilioMessage {
  /** E.164 */
  to: string;
  text: string;
  /** A part of the text that no other message has. */
  reference: string;
  headers: Record<string, string>;
}

/** Sends a message. Source: twilio.com/docs/messaging/api/message-resource, "Create a Message". */
export async function createMessage(
  account: TwilioAccount,
  http: Http,
  { to, text, headers }: TwilioMessage,
  timeoutMs: number,
): Promise<Sent> {
  const result = await http.post({
    url: account.messagesUrl,
    headers: {
      ...headers,
      'content-type': 'application/x-www-form-urlencoded',
      authorization: account.authorization,
    },
    body: new URLSearchParams({ To: to, ...account.sender, Body: text }).toString(),
    timeoutMs,
  });
  return report(account.reportedUrl, withoutSecrets(result, account, to), twilioOutcome(result));
}

/** The longest texts Twilio takes, with every character escaped, are 10 KB each. Unit: bytes. */
const listLimit = 512 * 1024;

const listSchema = z.object({
  messages: z.array(z.object({ sid: z.string(), status: z.string(), body: z.string().nullable() })),
});

/** Those did not arrive, and may be sent again. Source: as above, "Message Status values". */
const lost = new Set(['failed', 'undelivered', 'canceled']);

/**
 * Asks whether a message was sent before, among the 50 newest to the same number. Answers null if it was not, and
 * otherwise a report: that it is delivered, or that it must wait because Twilio could not be asked.
 * Source: as above, "Read multiple Message resources".
 */
export async function findMessage(
  account: TwilioAccount,
  http: Http,
  { to, reference, headers }: TwilioMessage,
  timeoutMs: number,
): Promise<Sent | null> {
  const query = new URLSearchParams({ To: to, PageSize: '50' }).toString();
  const result = await http.get({
    url: `${account.messagesUrl}?${query}`,
    headers: { ...headers, authorization: account.authorization },
    timeoutMs,
    keepBytes: listLimit,
  });
  const messages = messagesIn(result);
  if (!messages)
    return report(account.reportedUrl, withoutSecrets(result, account, to), later(judge(result)));
  const found = messages.find(({ status, body }) => body?.includes(reference) && !lost.has(status));
  if (!found) return null;
  return {
    outcome: { type: 'delivered' },
    targetUrl: account.reportedUrl,
    statusCode: 200,
    responseExcerpt: `found ${found.sid}`,
  };
}

/** null where the answer is something else. */
function messagesIn(result: HttpResult): z.infer<typeof listSchema>['messages'] | null {
  if (!result.ok || result.statusCode !== 200) return null;
  const list = listSchema.safeParse(jsonView(Buffer.from(result.excerpt)));
  return list.success ? list.data.messages : null;
}

/** As long as we do not know whether it was sent, it is neither given up nor sent. */
function later(outcome: Outcome): Outcome {
  if (outcome.type === 'delivered') return { type: 'retry', reason: 'unexpected_answer' };
  return { ...outcome, type: 'retry' };
}

/** An answer quotes what was sent, and is stored. */
function withoutSecrets(result: HttpResult, { secrets }: TwilioAccount, to: string): HttpResult {
  if (!result.ok) return result;
  const digits = to.slice(1);
  // The end of an excerpt may have cut the number short.
  const number = new RegExp(`(\\+|%2B)?(${digits}|${digits.slice(0, 6)}\\d*$)`, 'gi');
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), result.excerpt);
  return { ...result, excerpt: storable(hidden.replace(number, '[recipient]')) };
}

import { randomBytes } from 'node:crypto';
import { type Received, receiver } from './receiver.js';

/** A message of the account, in the fields that the API shows. */
export interface MadeMessage {
  sid: string;
  to: string;
  from: string | null;
  messaging_service_sid: string | null;
  body: string;
  status: string;
  date_created: string;
  [field: string]: unknown;
}

/**
 * How the next request ends: in an error, or in a message that is made while its answer never comes (`hang`) or is
 * broken off (`break`).
 */
export type Fault = { status: number; code?: number; headers?: Headers } | 'hang' | 'break';

type Headers = Record<string, string>;

/** Twilio's Messages resource, in this process. */
export interface TwilioStandIn {
  /** What the channel has to be told to find it. */
  env: Record<'TWILIO_ACCOUNT_SID' | 'TWILIO_AUTH_TOKEN' | 'TWILIO_FROM' | 'TWILIO_URL', string>;
  /** Oldest first. */
  messages: MadeMessage[];
  received: Received[];
  /** Numbers that have answered STOP. */
  unsubscribed: Set<string>;
  /** Lets the next requests end this way, one each. */
  failNext(...faults: Fault[]): void;
  close(): Promise<void>;
}

const accountSid = `AC${'0123456789abcdef'.repeat(2)}`;
const authToken = 'fedcba9876543210fedcba9876543210';
const from = '+15005550006';
const path = `/2010-04-01/Accounts/${accountSid}/Messages`;

interface Answer {
  status: number;
  body: object;
  headers?: Headers;
}

/**
 * Makes and lists messages, and refuses what the API refuses.
 * Sources: twilio.com/docs/messaging/api/message-resource, twilio.com/docs/api/errors.
 * @param queueLimit how many messages the number may have waiting
 */
export async function startTwilioStandIn(queueLimit = 1_000): Promise<TwilioStandIn> {
  const messages: MadeMessage[] = [];
  const unsubscribed = new Set<string>();
  const faults: Fault[] = [];
  const server = await receiver((response, socket, request) => {
    const fault = faults.shift();
    const answer =
      typeof fault === 'object'
        ? { ...failure(fault.status, fault.code ?? 20500, 'Told to fail'), headers: fault.headers ?? {} }
        : respond(request, messages, unsubscribed, queueLimit);
    if (fault === 'hang') return;
    if (fault === 'break') return socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  return {
    env: {
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_FROM: from,
      TWILIO_URL: server.origin,
    },
    messages,
    received: server.received,
    unsubscribed,
    failNext: (...more) => void faults.push(...more),
    close: () => server.close(),
  };
}

function failure(status: number, code: number, message: string): Answer {
  return {
    status,
    body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
  };
}

function respond(
  { method, path: target, headers, body }: Received,
  messages: MadeMessage[],
  unsubscribed: Set<string>,
  queueLimit: number,
): Answer {
  const basic = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  if (headers.authorization !== basic) return failure(401, 20003, 'Authenticate');
  const { pathname, searchParams } = new URL(target ?? '', 'http://twilio');
  if (pathname !== `${path}.json`) return failure(404, 20404, `The resource ${pathname} was not found`);
  if (method === 'GET') return list(messages, searchParams);
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') return noRecipient;
  const form = new URLSearchParams(body.toString());
  const refusal = refuse(form, unsubscribed);
  if (refusal) return refusal;
  if (messages.length >= queueLimit)
    return failure(
      429,
      21611,
      `This 'From' number ${from} has exceeded the maximum number of queued messages`,
    );
  const message = make(form);
  messages.push(message);
  return { status: 201, body: message };
}

const noRecipient = failure(400, 21604, "A 'To' phone number is required.");

function refuse(form: URLSearchParams, unsubscribed: Set<string>): Answer | null {
  const to = form.get('To');
  const body = form.get('Body');
  if (!to) return noRecipient;
  if (!/^\+[1-9]\d{6,14}$/.test(to))
    return failure(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (!form.get('MessagingServiceSid') && form.get('From') !== from)
    return failure(400, 21659, `'From' ${form.get('From')} is not a Twilio phone number`);
  if (!body) return failure(400, 21602, 'Message body is required.');
  if (body.length > 1600)
    return failure(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
  return unsubscribed.has(to) ? failure(400, 21610, 'Attempt to send to unsubscribed recipient') : null;
}

function make(form: URLSearchParams): MadeMessage {
  const sid = `SM${randomBytes(16).toString('hex')}`;
  const now = new Date().toUTCString().replace('GMT', '+0000');
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: String(form.get('Body')),
    date_created: now,
    date_sent: null,
    date_updated: now,
    direction: 'outbound-api',
    error_code: null,
    error_message: null,
    from: form.get('From'),
    messaging_service_sid: form.get('MessagingServiceSid'),
    num_media: '0',
    num_segments: '1',
    price: null,
    price_unit: null,
    sid,
    status: form.has('MessagingServiceSid') ? 'accepted' : 'queued',
    subresource_uris: { media: `${path}/${sid}/Media.json` },
    to: String(form.get('To')),
    uri: `${path}/${sid}.json`,
  };
}

/** Newest first. */
function list(messages: MadeMessage[], query: URLSearchParams): Answer {
  const size = Number(query.get('PageSize') ?? 50);
  const chosen = messages.filter(({ to }) => !query.has('To') || to === query.get('To'));
  const uri = `${path}.json?${query.toString()}`;
  return {
    status: 200,
    body: {
      end: Math.max(0, Math.min(size, chosen.length) - 1),
      first_page_uri: uri,
      messages: chosen.toReversed().slice(0, size),
      next_page_uri: chosen.length > size ? `${uri}&Page=1` : null,
      page: 0,
      page_size: size,
      previous_page_uri: null,
      start: 0,
      uri,
    },
  };
}

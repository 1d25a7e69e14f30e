import { type Outcome, type Reason, type Sent, storable } from '@signalbox/domain';
import { codeReason } from './network-reason.js';

/** What tells nodemailer's errors apart. */
export interface SmtpError {
  code?: string | undefined;
  /** The code it had before nodemailer gave it its own. */
  originalCode?: string | undefined;
  /** What the server was asked when it said `response`. */
  command?: string | undefined;
  response?: string | undefined;
  /** The number that `response` begins with. */
  responseCode?: number | undefined;
}

/** Where an attempt went, and what nobody is to read about it. */
export interface Destination {
  targetUrl: string;
  /** From what an answer may quote (an address, a password) to what stands in its place. */
  placeholders: ReadonlyMap<string, string>;
}

/** The report of an attempt, with the server's last answer, such as `250 2.0.0 Queued`. */
export function report(outcome: Outcome, answer: string | null, destination: Destination): Sent {
  const { targetUrl } = destination;
  if (answer === null) return { outcome, targetUrl, statusCode: null, responseExcerpt: null };
  const responseExcerpt = storable(withPlaceholders(answer, destination));
  return { outcome, targetUrl, statusCode: Number.parseInt(answer, 10), responseExcerpt };
}

/** A text of the server or of nodemailer without what it may quote, whatever the case of its letters. */
export function withPlaceholders(text: string, { placeholders }: Destination): string {
  return [...placeholders].reduce((text, [secret, placeholder]) => {
    const pattern = new RegExp(secret.replace(/[^\w@]/g, '\\$&'), 'gi');
    return text.replace(pattern, placeholder);
  }, text);
}

/** The answer that made nodemailer give up; null where there was none, or none that SMTP knows. */
export function failureAnswer({ response, responseCode = 0 }: SmtpError): string | null {
  return response !== undefined && responseCode >= 400 && responseCode < 600 ? response : null;
}

/** What nodemailer's error means for the delivery; null where neither server nor network is to blame: a bug of ours. */
export function judgeFailure(error: SmtpError): Outcome | null {
  const { code, responseCode = 0 } = error;
  // Before the answer: STARTTLS may have been answered with 454, or with 5xx where it is not known at all.
  if (code === 'ETLS') return { type: 'retry', reason: 'tls_failed' };
  if (responseCode >= 500 && responseCode < 600) return permanent(error);
  if (responseCode >= 400 && responseCode < 500) return { type: 'retry', reason: transient(responseCode) };
  const reason = trouble(error);
  return reason && { type: 'retry', reason };
}

/** Whatever an operator can put right (login, sender, relaying, blocklists) is tried again: the alert still waits. */
function permanent(error: SmtpError): Outcome {
  if (error.code === 'EMESSAGE') return { type: 'refused', reason: 'client_error' };
  if (isAboutRecipient(error)) return { type: 'refused', reason: 'invalid_recipient' };
  return { type: 'retry', reason: 'client_error' };
}

/**
 * Whether RCPT was refused for the sake of the address: 550, 551, 553 (RFC 5321 §4.2.3), 501 (its syntax) or 556
 * (RFC 7504), unless the enhanced code (RFC 3463) says that it was not: 5.7.x is policy, 5.1.7 and 5.1.8 are about
 * the sender.
 */
function isAboutRecipient({ command, response = '', responseCode = 0 }: SmtpError): boolean {
  if (command !== 'RCPT TO' || ![501, 550, 551, 553, 556].includes(responseCode)) return false;
  return !/\b5\.(7\.\d|1\.[78]\b)/.test(response);
}

/**
 * 421, 450, 451 and 452 mean "not now": too many connections, greylisting, a busy mailbox, a full queue
 * (RFC 5321 §4.2.3, RFC 6647). Whatever else is transient is the server's own trouble.
 */
function transient(responseCode: number): Reason {
  return [421, 450, 451, 452].includes(responseCode) ? 'rate_limited' : 'server_error';
}

/** Codes of nodemailer. Source: its errors.js. */
const byCode = new Map<string, Reason>([
  // Only our own deadline aborts.
  ['EABORT', 'timeout'],
  ['ETIMEDOUT', 'timeout'],
  ['EDNS', 'dns_failed'],
  ['EAUTH', 'client_error'],
  ['EPROTOCOL', 'connection_failed'],
]);

function trouble({ code = '', originalCode, response }: SmtpError): Reason | null {
  const reason = byCode.get(code);
  if (reason) return reason;
  if (originalCode !== undefined) return codeReason(originalCode);
  // Ended by the server: before its greeting or after any command. Even the message may have been taken.
  if (code === 'ECONNECTION') return 'connection_reset';
  return response === undefined ? null : 'unexpected_answer';
}

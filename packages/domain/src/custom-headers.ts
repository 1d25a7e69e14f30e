import { z } from 'zod';

/** Every webhook is sent with these, or may be. */
const ours = new Set([
  'content-type',
  'idempotency-key',
  'user-agent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
  'x-hub-signature-256',
  'x-request-id',
]);

/** What concerns one connection, or says how a request is to be read. Source: RFC 9110 §7.2, §7.6.1, §8.6, §10.1. */
const ofTheConnection = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const most = 20;
const mapRule = `must be an object of at most ${most} headers, such as {"authorization": "Bearer …"}`;

/** A token. Source: RFC 9110 §5.6.2. */
const namePattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
const nameRule = "must have a name of 1 to 100 letters, digits and !#$%&'*+-.^_`|~";

const valuePattern = /^[\x20-\x7e]{0,1000}$/;
const valueRule = 'must be at most 1,000 visible ASCII characters, without line breaks';

/** The headers that a subscription adds to its webhooks, by name. What comes out has its names in lower case. */
export const customHeaders = z
  .record(z.string(), z.string({ error: valueRule }).trim(), { error: mapRule })
  .superRefine(explain)
  .transform(inLowerCase);

function explain(headers: Record<string, string>, context: z.RefinementCtx): void {
  const entries = Object.entries(headers);
  if (entries.length > most) context.addIssue({ code: 'custom', message: mapRule });
  const taken = new Set<string>();
  for (const [name, value] of entries) {
    const message = whyNot(name, value) ?? (taken.has(name.toLowerCase()) ? 'is given twice' : null);
    if (message) context.addIssue({ code: 'custom', path: [name], message });
    taken.add(name.toLowerCase());
  }
}

function whyNot(name: string, value: string): string | null {
  if (!namePattern.test(name)) return nameRule;
  const why = whyForbidden(name);
  if (why) return `cannot be set: ${why}`;
  return valuePattern.test(value) ? null : valueRule;
}

function whyForbidden(name: string): string | null {
  const lower = name.toLowerCase();
  if (ours.has(lower) || lower.startsWith('x-signalbox-')) return 'Signalbox sets it itself';
  if (ofTheConnection.has(lower) || lower.startsWith('proxy-'))
    return 'it belongs to the connection, not to the message';
  return null;
}

function inLowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Those headers that may join ours, whatever was saved. */
export function withoutForbidden(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => whyForbidden(name) === null));
}

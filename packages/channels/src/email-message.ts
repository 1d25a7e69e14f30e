import type { Delivery } from '@signalbox/domain';
import { alertOf, headline, timeOf } from './alert.js';

/** A sender as nodemailer takes it. */
export interface Mailbox {
  name: string;
  address: string;
}

/** A mail without its recipient, in nodemailer's words. */
export interface Message {
  from: Mailbox;
  subject: string;
  text: string;
  html: string;
  /** The same over all attempts, so that a mail system may drop a repeat. */
  messageId: string;
  /** The same over all mails about one alert, so that mail programs show them as one thread (RFC 5322 §3.6.4). */
  inReplyTo: string;
  references: string;
  headers: Record<string, string>;
}

/** What happened, for one user of a store, as text and as HTML. */
export function toMessage(delivery: Delivery, from: Mailbox): Message {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  // Senders write the letters of a UUID large or small, also in two versions of one alert.
  const thread = `<${alertOf(delivery).alert_uuid.toLowerCase()}@${domain}>`;
  return {
    from,
    subject: headline(delivery),
    text: toText(delivery),
    html: toHtml(delivery),
    messageId: `<${delivery.id}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    // RFC 3834: out-of-office notices are not to answer it.
    headers: { 'X-Request-Id': delivery.correlationId, 'Auto-Submitted': 'auto-generated' },
  };
}

const drill = 'This is a test. Nobody is stealing, and there is nothing to do.';

function toText(delivery: Delivery): string {
  const notice = delivery.signal.testMode ? `${drill}\n\n` : '';
  const rows = facts(delivery).map(({ name, value }) => `${`${name}:`.padEnd(10)}${value}\n`);
  return `${headline(delivery)}\n\n${notice}${rows.join('')}`;
}

function toHtml(delivery: Delivery): string {
  const notice = delivery.signal.testMode ? `<p style="color:#b00020"><b>${drill}</b></p>` : '';
  const rows = facts(delivery).map((fact) => `<tr>${cell(fact.name)}${cell(fact.value, fact.href)}</tr>`);
  return [
    '<div style="font-family:sans-serif;font-size:16px">',
    `<h1 style="font-size:20px">${escaped(headline(delivery))}</h1>`,
    notice,
    `<table style="border-collapse:collapse">${rows.join('')}</table>`,
    '</div>',
  ].join('');
}

interface Fact {
  name: string;
  value: string;
  href?: string;
}

/** What people want to know, in their order. */
function facts(delivery: Delivery): Fact[] {
  const { url, alert_uuid, location } = alertOf(delivery);
  return [
    { name: 'Where', value: location },
    { name: 'When', value: timeOf(delivery) },
    { name: 'Severity', value: delivery.signal.severity },
    ...(isWebUrl(url) ? [{ name: 'Clip', value: url, href: url }] : []),
    { name: 'Alert', value: alert_uuid },
  ];
}

function cell(text: string, href?: string): string {
  const content = href ? `<a href="${escaped(href)}">${escaped(text)}</a>` : escaped(text);
  return `<td style="padding:4px 12px 4px 0">${content}</td>`;
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text);
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

import { domainToASCII } from 'node:url';
import { z } from 'zod';

const flag = { pattern: /^(true|false)$/, rule: 'true or false' };
const host = { pattern: /^[A-Za-z0-9.-]+$/, rule: 'a host name' };

/** What may follow the "?"; nodemailer knows more, but a misspelt `requireTLS` must not pass for one of those. */
const options: Record<string, { pattern: RegExp; rule: string }> = {
  requireTLS: flag,
  ignoreTLS: flag,
  'tls.rejectUnauthorized': flag,
  'tls.servername': host,
  name: host,
  maxConnections: { pattern: /^[1-9]\d?$/, rule: 'a number from 1 to 99' },
};

/**
 * A zod field for the mail server to hand mails to, which may well be in a private network: whoever runs us names it.
 * What it complains of is told without quoting the password.
 */
export const smtpUrl = z.string().superRefine((text, context) => {
  const message = URL.canParse(text) ? complaint(new URL(text)) : shape;
  if (message) context.addIssue({ code: 'custom', message });
});

const shape =
  'must be the URL of a mail server, such as smtp://user:password@mail.example.com:587, or smtps:// for TLS from the start';

function complaint(url: URL): string | null {
  const { protocol, hostname, pathname, hash, username, password, searchParams } = url;
  if (!/^smtps?:$/.test(protocol) || !isHost(hostname)) return shape;
  if (!/^\/?$/.test(pathname) || hash !== '') return shape;
  if ((username === '') !== (password === '')) return 'must have both a user name and a password, or neither';
  if (decoded(username) === null || decoded(password) === null)
    return 'must have a user name and a password in which special characters are percent-encoded: "%" is %25';
  return wrongOption(searchParams);
}

function isHost(text: string): boolean {
  // domainToASCII finds 999.1.1.1 and broken punycode, over which nodemailer would throw.
  return /^([A-Za-z0-9._-]+|\[[\da-f:.]+\])$/.test(text) && domainToASCII(text) !== '';
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function wrongOption(params: URLSearchParams): string | null {
  for (const [name, value] of params) {
    const option = Object.hasOwn(options, name) ? options[name] : null;
    if (!option) return `may have these options only: ${Object.keys(options).join(', ')}`;
    if (!option.pattern.test(value)) return `must have ${option.rule} as its option ${name}`;
  }
  return null;
}

/** Where a URL that passed as an {@link smtpUrl} leads, to be shown: without user name and password. */
export function shownUrl(text: string): string {
  const { protocol, hostname, port } = new URL(text);
  return `${protocol}//${hostname}:${port || (protocol === 'smtps:' ? 465 : 587)}`;
}

/** What no report may quote of such a URL: user name and password, also as they travel in AUTH (RFC 4616, RFC 4954). */
export function credentials(text: string): string[] {
  const { username, password } = new URL(text);
  if (username === '') return [];
  const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
  return [base64(`\0${user}\0${secret}`), base64(secret), secret, base64(user), user];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

import type { Reason } from '@signalbox/domain';
import { errors } from 'undici';
import { forbiddenAddress, noAddress } from './checked-lookup.js';

const byCode = new Map<string, Reason>([
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['ENOTFOUND', 'dns_failed'],
  [noAddress, 'dns_failed'],
  [forbiddenAddress, 'forbidden_address'],
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_reset'],
  ['EPIPE', 'connection_reset'],
  ['EPROTO', 'tls_failed'],
  ['UND_ERR_SOCKET', 'connection_failed'],
  ['UND_ERR_HEADERS_OVERFLOW', 'connection_failed'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'connection_failed'],
]);

/** Families of codes. Sources: nodejs.org/api/tls.html "X509 certificate error codes", nodejs.org/api/errors.html. */
const byPattern: [RegExp, Reason][] = [
  [/^EAI_/, 'dns_failed'],
  [/^ERR_(SSL|TLS)_|CERT|^CRL_|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$/, 'tls_failed'],
  [/^E[A-Z0-9]+$/, 'connection_failed'],
];

/** Trouble of this machine, which no receiver is to blame for. */
const ours = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS']);

/** Which trouble of the network an error is; null for none, which makes it a bug or a shortage of ours. */
export function networkReason(error: Error): Reason | null {
  const { code, message } = error as NodeJS.ErrnoException;
  // undici only asserts that a status is 100 or more, and that a 101 is an upgrade; a receiver may send either.
  if (error instanceof errors.HTTPParserError || code === 'ERR_ASSERTION') return 'connection_failed';
  if (typeof code !== 'string') return null;
  if (code === 'UND_ERR_SOCKET' && message === 'other side closed') return 'connection_reset';
  return codeReason(code);
}

/** The same for an error's code alone. */
export function codeReason(code: string): Reason | null {
  if (ours.has(code)) return null;
  return byCode.get(code) ?? byPattern.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

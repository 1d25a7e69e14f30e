import { hash, randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What a key may be for. */
export const scopes = ['ingest', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof scopes)[number];

const granted: Record<Scope, readonly Scope[]> = {
  ingest: ['ingest'],
  read: ['read'],
  operate: ['read', 'operate'],
  admin: scopes,
};

/** Whether a key with one scope may do what needs another. */
export function grants(held: Scope, needed: Scope): boolean {
  return granted[held].includes(needed);
}

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Makes a key: `sbx_` and 32 random letters and digits, that is 190 bits. */
export function newApiKey(): string {
  const random = Array.from({ length: 32 }, () => letters.charAt(randomInt(letters.length)));
  return `sbx_${random.join('')}`;
}

/**
 * What is kept of a key, and what it is found by: its SHA-256. A slow hash protects what people can guess; nobody
 * guesses 190 random bits, and every request would pay for it.
 */
export function hashApiKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** The key in a header `Authorization: Bearer <key>`; null where there is none. Source: RFC 6750 §2.1. */
export function bearerKey(header: string | undefined): string | null {
  return (header && /^bearer +(\S+) *$/i.exec(header)?.[1]) || null;
}

/** A key that the environment gives. */
export interface EnvironmentKey {
  /** `API_KEYS #1`: the place where it stands. */
  name: string;
  scope: Scope;
  /** Not to be logged. */
  key: string;
  hash: Buffer;
}

/** The key with a hash. Looks at every one, so that its duration does not tell which it was. */
export function findByHash(keys: readonly EnvironmentKey[], wanted: Buffer): EnvironmentKey | null {
  return keys.filter(({ hash }) => timingSafeEqual(hash, wanted))[0] ?? null;
}

const shortestKey = 24;
const example = 'admin:KEY, with a KEY as made by openssl rand -base64 24';
const missing = `must be set in production: scope:key,scope:key, such as ${example}`;

/** A zod field that reads keys as `scope:key,scope:key`. In production there must be one. */
export function apiKeys(production: boolean): z.ZodType<EnvironmentKey[]> {
  const keys = z.string({ error: missing }).transform((text, context) => {
    const read = text.split(',').map((part, index) => readKey(part.trim(), `API_KEYS #${index + 1}`));
    // Without a word of what was given: it may be a key with a slip in it.
    const problems = read.filter((key) => typeof key === 'string');
    for (const message of problems) context.addIssue({ code: 'custom', message });
    const good = read.filter((key) => typeof key !== 'string');
    if (new Set(good.map(({ key }) => key)).size < good.length)
      context.addIssue({ code: 'custom', message: 'must not name a key twice: a key has one scope' });
    return good;
  });
  return production ? keys : keys.default([]);
}

/** The key, or a sentence on what is wrong with it. */
function readKey(part: string, name: string): EnvironmentKey | string {
  const colon = part.indexOf(':');
  const scope = scopes.find((known) => known === part.slice(0, colon));
  const key = part.slice(colon + 1).trim();
  if (colon < 0 || !scope)
    return `${name} must be one of ${scopes.join(', ')}, a colon and a key, such as ${example}`;
  if (key.length < shortestKey)
    return `${name} is too short: a key has at least ${shortestKey} characters, as made by openssl rand -base64 24`;
  if (!/^[\x21-\x7e]+$/.test(key)) return `${name} must consist of letters, digits and signs, without spaces`;
  return { name, scope, key, hash: hashApiKey(key) };
}

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** A key that secrets are encrypted with before they are kept. */
export interface EncryptionKey {
  /** 8 hex digits, a digest of the key: kept beside what it sealed, so that it is found again. */
  id: string;
  /** 32 bytes; not to be logged. */
  key: Buffer;
}

/** Seals secrets to be kept, and opens them again. */
export interface Envelope {
  /** @param context whose secret it is, say an id; a copy kept with anything else does not open there */
  seal(text: string, context: string): Buffer;
  /** @throws CannotOpen */
  open(sealed: Buffer, context: string): string;
  /** Whether it was sealed with the key that seals now. */
  isCurrent(sealed: Buffer): boolean;
}

/** The id of the key that a secret was sealed with, 8 hex digits. */
export function keyIdOf(sealed: Buffer): string {
  return sealed.toString('hex', 1, nonceAt);
}

/** A sealed secret stays closed: its key is not among ours, or it is not what was sealed for this context. */
export class CannotOpen extends Error {
  override name = 'CannotOpen';
  readonly reason: 'unknown_key' | 'tampered';

  constructor(reason: CannotOpen['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

// version (1 byte), key id (4), nonce (12), tag (16), ciphertext
const version = 1;
const nonceAt = 5;
const tagAt = nonceAt + 12;
const textAt = tagAt + 16;

/**
 * Encrypts with AES-256-GCM.
 * @param keys at least one: the first seals, every one opens
 */
export function createEnvelope(keys: readonly EncryptionKey[]): Envelope {
  const [newest] = keys;
  if (!newest) throw new Error('an envelope needs a key');
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    seal: (text, context) => seal(newest, text, context),
    open: (sealed, context) => open(byId, sealed, context),
    isCurrent: (sealed) => keyIdOf(sealed) === newest.id,
  };
}

function seal({ id, key }: EncryptionKey, text: string, context: string): Buffer {
  const head = Buffer.concat([Buffer.of(version), Buffer.from(id, 'hex')]);
  const nonce = randomBytes(tagAt - nonceAt);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(authenticated(head, context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([head, nonce, cipher.getAuthTag(), sealed]);
}

function open(keys: ReadonlyMap<string, Buffer>, sealed: Buffer, context: string): string {
  const tampered = 'a sealed secret is not what was sealed here';
  if (sealed.length < textAt || sealed[0] !== version) throw new CannotOpen('tampered', tampered);
  const id = keyIdOf(sealed);
  const key = keys.get(id);
  if (!key) throw new CannotOpen('unknown_key', `a secret was sealed with the key ${id}, which is not given`);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(nonceAt, tagAt))
    .setAAD(authenticated(sealed.subarray(0, nonceAt), context))
    .setAuthTag(sealed.subarray(tagAt, textAt));
  try {
    return decipher.update(sealed.subarray(textAt), undefined, 'utf8') + decipher.final('utf8');
  } catch (error) {
    throw new CannotOpen('tampered', `${tampered}: ${(error as Error).message}`);
  }
}

function authenticated(head: Buffer, context: string): Buffer {
  return Buffer.concat([head, Buffer.from(context)]);
}

/** Stands in where no key is set. Everybody can read it here, so what it seals is not secret. */
export const developmentKey = toKey(Buffer.from('signalbox-development-key-public'));

const rule =
  'must be 32 bytes in base64, as made by openssl rand -base64 32; or several, parted by commas, the newest first';

/**
 * A zod field that reads one key, or several parted by commas, the newest first. In production there is no default.
 */
export function encryptionKeys(production: boolean): z.ZodType<EncryptionKey[]> {
  const keys = z.string({ error: rule }).transform((text, context) => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.every((part) => /^[A-Za-z0-9+/]{43}=$/.test(part)))
      return parts.map((part) => toKey(Buffer.from(part, 'base64')));
    // Without a word of what was given: it may be a key with a slip in it.
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });
  if (!production) return keys.default([developmentKey]);
  const known = `must not be the key for development, which everybody knows; ${rule}`;
  return keys.refine((given) => given.every(({ id }) => id !== developmentKey.id), { error: known });
}

function toKey(key: Buffer): EncryptionKey {
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key };
}

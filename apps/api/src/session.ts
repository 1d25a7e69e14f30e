import { CannotOpen, createEnvelope, type EncryptionKey } from '@signalbox/domain';

/** How long a browser need not show its key again. Unit: ms. */
const lifetimeMs = 12 * 60 * 60 * 1_000;
const cookieName = 'signalbox_session';
const context = 'session';

/** What a browser holds in the place of a key; nothing of it is kept here. */
export interface Sessions {
  /** @returns the value of a cookie, and when it ends */
  begin(keyHash: Buffer, now?: Date): { value: string; until: Date };
  /** The hash of the key that the session in a Cookie header was made from; null where there is none that lasts. */
  keyHashOf(cookies: string | undefined, now?: Date): Buffer | null;
}

/**
 * A session is the hash of a key and an end, sealed. It dies with its key; and since whoever makes one must know the hash
 * of a key in force, even the openly known encryption key of development lets nobody forge it.
 */
export function createSessions(keys: readonly EncryptionKey[]): Sessions {
  const envelope = createEnvelope(keys);
  return {
    begin: (keyHash, now = new Date()) => {
      const until = new Date(now.getTime() + lifetimeMs);
      const text = `${until.getTime()}.${keyHash.toString('hex')}`;
      return { value: envelope.seal(text, context).toString('base64url'), until };
    },
    keyHashOf: (cookies, now = new Date()) => {
      const value = cookies && cookieOf(cookies);
      const text = value && opened(value);
      if (!text) return null;
      const [until = '', keyHash = ''] = text.split('.');
      return Number(until) > now.getTime() ? Buffer.from(keyHash, 'hex') : null;
    },
  };

  function opened(value: string): string | null {
    try {
      return envelope.open(Buffer.from(value, 'base64url'), context);
    } catch (error) {
      if (error instanceof CannotOpen) return null;
      throw error;
    }
  }
}

/** A Set-Cookie header. Scripts do not see the cookie, and requests from other sites come without it. */
export function sessionCookie(value: string, secure: boolean): string {
  const attributes = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${value === '' ? 0 : lifetimeMs / 1_000}`;
  return `${cookieName}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
}

function cookieOf(cookies: string): string | undefined {
  const pairs = cookies.split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
}

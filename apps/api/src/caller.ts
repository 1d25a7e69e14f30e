import type { Scope } from '@signalbox/domain';
import type { Response } from 'express';

/** Who makes a request, and what they may do. */
export interface Caller {
  /** Of the key that is kept; null for one of the environment, and for anyone. */
  keyId: string | null;
  /** What the key is called. */
  name: string;
  scope: Scope;
  /** `session`: a browser that showed a key at the login page; `open`: there are no keys, and anyone may do anything. */
  via: 'key' | 'session' | 'open';
}

/** Where there are no keys. */
export const anyone: Caller = { keyId: null, name: 'anyone', scope: 'admin', via: 'open' };

/**
 * Who made the request that is being answered; anyone, too, at a door that goes by a signature. What they may do was
 * decided before.
 */
export function callerOf(response: Response): Caller {
  return (response.locals.caller as Caller | undefined) ?? anyone;
}

/** To be called once it is known. */
export function setCaller(response: Response, caller: Caller): void {
  response.locals.caller = caller;
}

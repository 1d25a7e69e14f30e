import { bearerKey, grants, hashApiKey, type Scope } from '@signalbox/domain';
import type { Request, Response } from 'express';
import { anyone, type Caller, setCaller } from './caller.js';
import type { KeyRing } from './key-ring.js';
import type { Problem } from './problem.js';
import type { Sessions } from './session.js';
import { siteOf } from './site.js';

/** What callers are recognised by. */
export interface Recognition {
  keys: KeyRing;
  sessions: Sessions;
}

/**
 * Lets a request pass that may do what needs a scope, and notes who made it.
 * @returns why it may not; null when it may
 */
export async function refusalOf(
  request: Request,
  response: Response,
  needed: Scope,
  recognition: Recognition,
): Promise<Problem | null> {
  const caller = await authenticate(request, recognition);
  if ('status' in caller) {
    if (caller.status === 401) response.setHeader('www-authenticate', 'Bearer');
    return caller;
  }
  setCaller(response, caller);
  return grants(caller.scope, needed) ? null : wrongScope(needed, caller.scope);
}

async function authenticate(request: Request, { keys, sessions }: Recognition): Promise<Caller | Problem> {
  // A browser sends its cookies along with what any page makes it send, and reaches what only this machine reaches.
  const site = isSafe(request.method) ? 'ours' : siteOf(request.headers);
  if (await keys.isEmpty()) return site === 'another' ? crossSite : anyone;
  const bearer = bearerKey(request.headers.authorization);
  if (bearer !== null) {
    const held = await keys.find(hashApiKey(bearer));
    return held ? { ...held, via: 'key' } : unknownKey;
  }
  const keyHash = sessions.keyHashOf(request.headers.cookie);
  const held = keyHash && (await keys.find(keyHash));
  if (!held) return noKey;
  if (site !== 'ours') return crossSite;
  return { ...held, via: 'session' };
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

const noKey: Problem = {
  status: 401,
  reason: 'no_key',
  detail: 'This needs an API key: send it as "Authorization: Bearer <key>". Browsers log in at /login.',
};

/** A key that is none, or none any more. */
export const unknownKey: Problem = {
  status: 401,
  reason: 'unknown_key',
  detail: 'There is no such API key; it may have been revoked.',
};

/** A page elsewhere may have made the browser send this. */
export const crossSite: Problem = {
  status: 403,
  reason: 'cross_site',
  detail: 'A request that changes something must come from a page of this host; programs send a key instead.',
};

function wrongScope(needed: Scope, held: Scope): Problem {
  const detail = `This needs a key with the scope ${needed}; yours has the scope ${held}.`;
  return { status: 403, reason: 'wrong_scope', detail };
}

import type { Request, RequestHandler, Response } from 'express';
import { callerOf } from './caller.js';
import type { Gateway } from './gateway.js';
import { signalsReceived } from './metrics.js';
import { sendProblem } from './problem.js';

/** Turns away, before its body is read, the request of a sender that has sent too many. Nothing of it is kept. */
export function limited(
  source: string,
  senderOf: (request: Request, response: Response) => string,
  { rateLimit }: Gateway,
): RequestHandler {
  return (request, response, next) => {
    const waitMs = rateLimit(senderOf(request, response));
    if (waitMs === 0) return next();
    const seconds = Math.ceil(waitMs / 1_000);
    response.setHeader('retry-after', String(seconds));
    const detail = `You have sent too many requests. Please send this one again in ${seconds} s.`;
    sendProblem(response, { status: 429, reason: 'rate_limited', detail });
    signalsReceived.inc({ source, outcome: 'rejected', reason: 'rate_limited' });
  };
}

/** The API key of a request, else the address it comes from. */
export function bySender(request: Request, response: Response): string {
  const { via, keyId, name } = callerOf(response);
  return via === 'open' ? networkOf(request.ip ?? '') : `key:${keyId ?? name}`;
}

/** A subscription's door is that of one sender, wherever its requests come from. */
export function bySubscription(request: Request): string {
  return String(request.params.subscription_id).toLowerCase();
}

/** Whoever has one IPv6 address has all that share its first 64 bits, so these are one sender. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length);
  const [left = [], right = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}

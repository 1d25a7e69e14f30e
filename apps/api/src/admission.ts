import type { IncomingHttpHeaders } from 'node:http';
import type { Log } from '@signalbox/runtime';
import type { RequestHandler, Response } from 'express';
import { correlationId } from './correlation.js';
import { refusedAtTheDoor } from './metrics.js';
import { sendProblem } from './problem.js';

/** What the bodies of all requests under way may take together, from their first byte to their answer. Unit: bytes. */
export const mostInHand = 32 * 1_048_576;
/**
 * What a request costs beside its body: a thousand small ones at once, which are answered before their senders lose
 * patience. Unit: bytes.
 */
const ownCost = 32 * 1_024;
/** A larger body finds the door closed sooner: senders of large ones, or slow ones, leave room for the rest. */
const large = 64 * 1_024;
const mostForLarge = 0.75 * mostInHand;
/** The largest body the ingest doors take; one whose length nobody knows yet counts as no less. */
const unknown = 1_048_576;
/** No route takes a larger body: it will be refused without being read. */
const largest = 20 * 1_048_576;

/**
 * The door of the whole API: it turns requests away, before their bodies are read, while those under way hold as much
 * memory as they may. That costs neither Postgres nor Redis anything. A request that comes alone is always let in.
 */
export function admission(log: Log): RequestHandler {
  let inHand = 0;
  let isFull = false;
  const release = (weight: number) => {
    inHand -= weight;
    if (inHand < mostInHand / 2) isFull = false;
  };
  return (request, response, next) => {
    const weight = weigh(request.headers);
    if (weight === 0) return next();
    const most = weight > ownCost + large ? mostForLarge : mostInHand;
    if (inHand > 0 && inHand + weight > most) {
      // Once for each time it happens: a line for each request would cost more than the request.
      if (!isFull) log.warn({ in_hand_bytes: inHand }, 'api.overloaded');
      isFull = true;
      return refuse(response, correlationId(request.headers));
    }
    inHand += weight;
    response.once('close', () => release(weight));
    next();
  };
}

/** How much memory a request may take; 0 for one without a body, which holds nothing for long. */
function weigh(headers: IncomingHttpHeaders): number {
  const length = headers['content-length'];
  if (length === undefined && headers['transfer-encoding'] === undefined) return 0;
  const told = Math.min(Number(length ?? unknown), largest);
  return ownCost + (headers['content-encoding'] === undefined ? told : Math.max(told, unknown));
}

function refuse(response: Response, id: string): void {
  refusedAtTheDoor.inc();
  response.setHeader('x-request-id', id);
  sendProblem(response, {
    status: 503,
    reason: 'overloaded',
    detail: 'More arrives than can be stored; nothing of this request was kept. Please send it again.',
  });
}

import { type SignalReceived, signalReceived } from '@signalbox/runtime';
import type { Inbound, Source } from '@signalbox/sources';
import type { ErrorRequestHandler, Request, RequestHandler, Router } from 'express';
import { bytesBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { correlationId } from '../correlation.js';
import { knownByKey } from '../known-by-key.js';
import { signalsReceived, unknownStores } from '../metrics.js';
import { problemOf, sendJson, sendProblem } from '../problem.js';
import { type Receipt, receive } from '../receive.js';
import { bySender, limited } from '../sender.js';

const nothing = Buffer.alloc(0);

/** A door for every source, each at the path the source names. */
export function mountSources(app: Router, sources: readonly Source[], context: Context): void {
  for (const source of sources) {
    const limit = limited(source.name, bySender, context.gateway);
    const known = provesItself(source, context) ? [] : [knownByKey(source.name, context)];
    app.post(
      source.path,
      identify,
      known,
      limit,
      bytesBody,
      door(source, context),
      countFailure(source.name),
    );
  }
}

function provesItself(source: Source, { config }: Context): boolean {
  return source.asksForSignature(config.sources[source.name] as Record<string, unknown>);
}

/** Gives a request its correlation id. */
export const identify: RequestHandler = (request, response, next) => {
  response.setHeader('x-request-id', correlationId(request.headers));
  next();
};

function door(source: Source, { config, gateway, log }: Context): RequestHandler {
  const settings = config.sources[source.name] as Record<string, unknown>;
  return async (request, response) => {
    const started = performance.now();
    const id = response.getHeader('x-request-id') as string;
    const inbound = inboundOf(request);
    const receipt = await receive(inbound, source, settings, id, gateway);
    const told = tell(receipt);
    if ('answer' in receipt) sendJson(response, receipt.answer.status, receipt.answer.body);
    else
      sendProblem(response, receipt.outcome === 'rejected' ? receipt.rejection : unavailable(receipt.detail));
    count(source.name, receipt.outcome, told.reason);
    if (receipt.outcome === 'accepted' && receipt.unknownStore) unknownStores.inc();
    signalReceived(log, {
      correlation_id: id,
      source: source.name,
      outcome: receipt.outcome,
      status: response.statusCode,
      duration_ms: Math.round((performance.now() - started) * 100) / 100,
      bytes: inbound.bytes.length,
      ...told,
    });
  };
}

/** A request as the sources read it. */
export function inboundOf(request: Request): Inbound {
  const bytes = Buffer.isBuffer(request.body) ? request.body : nothing;
  return { bytes, headers: request.headers, receivedAt: new Date() };
}

/** Counts a request at a door. */
export function count(source: string, outcome: SignalReceived['outcome'], reason = 'none'): void {
  signalsReceived.inc({ source, outcome, reason });
}

/** Counts a request that no door answered: its body was refused, or we failed. */
export function countFailure(source: string): ErrorRequestHandler {
  return (error: unknown, _request, _response, next) => {
    const { status, reason } = problemOf(error);
    count(source, status < 500 ? 'rejected' : 'unavailable', reason);
    next(error);
  };
}

function unavailable(detail: string) {
  return { status: 503, reason: 'unavailable', detail: `${detail} Please send it again.` };
}

function tell(receipt: Receipt): Partial<SignalReceived> {
  if (receipt.outcome === 'rejected') return { reason: receipt.rejection.reason };
  if (receipt.outcome === 'unavailable') return { reason: 'unavailable' };
  const { signal } = receipt;
  const about = { event_id: signal.eventId, event_type: signal.eventType, severity: signal.severity };
  if (receipt.outcome === 'deduped') return { ...about, signal_id: receipt.signalId };
  const { stored, enqueued, unknownStore } = receipt;
  return {
    ...about,
    signal_id: stored.signalId,
    revision: stored.revision,
    deliveries: stored.owed.length,
    enqueued,
    ...(stored.fanOut && { fan_out: true }),
    ...(unknownStore && { unknown_store: true }),
  };
}

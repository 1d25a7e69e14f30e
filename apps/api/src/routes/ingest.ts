import { type SignalReceived, signalReceived } from '@signalbox/runtime';
import type { Source } from '@signalbox/sources';
import express, { type RequestHandler, type Router } from 'express';
import type { Context } from '../context.js';
import { correlationId } from '../correlation.js';
import { sendJson, sendProblem } from '../problem.js';
import { type Receipt, receive } from '../receive.js';

const nothing = Buffer.alloc(0);

/** A door for every source, each at the path the source names. */
export function mountSources(app: Router, sources: readonly Source[], context: Context): void {
  // The bytes as they came: signatures are made over them, and they are what we keep.
  const bytes = express.raw({ type: () => true, limit: '1mb' });
  for (const source of sources) app.post(source.path, identify, bytes, door(source, context));
}

const identify: RequestHandler = (request, response, next) => {
  response.setHeader('x-request-id', correlationId(request.headers));
  next();
};

function door(source: Source, { config, gateway, log }: Context): RequestHandler {
  const settings = config.sources[source.name] as Record<string, unknown>;
  return async (request, response) => {
    const started = performance.now();
    const id = response.getHeader('x-request-id') as string;
    const body = Buffer.isBuffer(request.body) ? request.body : nothing;
    const inbound = { bytes: body, headers: request.headers, receivedAt: new Date() };
    const receipt = await receive(inbound, source, settings, id, gateway);
    const told = tell(receipt);
    if ('answer' in receipt) sendJson(response, receipt.answer.status, receipt.answer.body);
    else
      sendProblem(response, receipt.outcome === 'rejected' ? receipt.rejection : unavailable(receipt.detail));
    signalReceived(log, {
      correlation_id: id,
      source: source.name,
      outcome: receipt.outcome,
      status: response.statusCode,
      duration_ms: Math.round((performance.now() - started) * 100) / 100,
      bytes: body.length,
      ...told,
    });
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
  const { stored, enqueued } = receipt;
  return {
    ...about,
    signal_id: stored.signalId,
    revision: stored.revision,
    deliveries: stored.owed.length,
    enqueued,
  };
}

import { CannotOpen, storable } from '@signalbox/domain';
import { deliveriesOfSignal, type Stored } from '@signalbox/postgres';
import { type SignalReceived, signalReceived } from '@signalbox/runtime';
import {
  hubSignatureComplaint,
  type Inbound,
  normalizeEvent,
  normalizeWebhook,
  type Rejection,
} from '@signalbox/sources';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { refusalOf } from '../authenticate.js';
import { bytesBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { keepRejection } from '../keep-rejected.js';
import { acceptKeyed, type Keyed } from '../keyed.js';
import { knownByKey } from '../known-by-key.js';
import { type Problem, sendJson, sendProblem } from '../problem.js';
import { bySender, bySubscription, limited } from '../sender.js';
import { count, countFailure, identify, inboundOf } from './ingest.js';

/** The doors for webhooks: one per subscription, and one for events that go to whoever subscribes to them. */
export function mountWebhooks(app: Router, context: Context): void {
  app.post(
    '/ingest/:subscription_id',
    ifUuid,
    identify,
    limited('webhook', bySubscription, context.gateway),
    bytesBody,
    logged('webhook', context, toSubscription),
    countFailure('webhook'),
  );
  const limit = limited('events', bySender, context.gateway);
  const known = knownByKey('events', context);
  app.post(
    '/events',
    identify,
    known,
    limit,
    bytesBody,
    logged('events', context, publish),
    countFailure('events'),
  );
}

/** Other doors have names of their own below /ingest. */
const ifUuid: RequestHandler = (request, _response, next) => {
  next(z.guid().safeParse(request.params.subscription_id).success ? undefined : 'route');
};

/** What a door says in the one line about its request. */
type Told = Pick<SignalReceived, 'outcome'> & Partial<SignalReceived>;
type Door = (inbound: Inbound, request: Request, response: Response, context: Context) => Promise<Told>;

function logged(source: string, context: Context, door: Door): RequestHandler {
  return async (request, response) => {
    const started = performance.now();
    const inbound = inboundOf(request);
    const told = await door(inbound, request, response, context);
    count(source, told.outcome, told.reason);
    signalReceived(context.log, {
      correlation_id: String(response.getHeader('x-request-id')),
      source,
      status: response.statusCode,
      duration_ms: Math.round((performance.now() - started) * 100) / 100,
      bytes: inbound.bytes.length,
      ...told,
    });
  };
}

const toSubscription: Door = async (inbound, request, response, context) => {
  const subscriptionId = String(request.params.subscription_id).toLowerCase();
  const ready = await context.subscriptions.find(subscriptionId);
  if (!ready) return refuse(response, unknown(subscriptionId));
  const secrets = ready.ingestSecrets(inbound.receivedAt);
  if (secrets instanceof CannotOpen) return refuse(response, secretUnavailable);
  const refusal =
    secrets.length === 0
      ? await refusalOf(request, response, 'ingest', context)
      : signatureProblem(inbound, secrets);
  if (refusal) return refuse(response, refusal);
  const eventTypeQuery = request.query.event_type;
  const normalized = normalizeWebhook({ ...inbound, subscriptionId, eventTypeQuery });
  if ('status' in normalized) {
    return keepAndRefuse(normalized, typed(inbound, eventTypeQuery), subscriptionId, response, context);
  }
  const kept = await acceptKeyed(normalized, String(response.getHeader('x-request-id')), context);
  if (kept.type === 'new') {
    sendAccepted(response, kept.stored);
  } else if (kept.type === 'repeated') {
    const [delivery] = await deliveriesOfSignal(context.pool, kept.signalId, 1, null);
    const again = { received: true, deduped: true, signal_id: kept.signalId };
    sendJson(response, 200, { ...again, delivery_id: delivery?.id ?? null });
  } else refuse(response, problemOf(kept));
  return tell(kept, normalized.signal.eventType);
};

/** Says that a webhook was accepted, and where its delivery is. */
export function sendAccepted(response: Response, { signalId, deliveryIds, owed }: Stored): void {
  const [delivery_id = ''] = deliveryIds ?? [];
  const status_url = `/deliveries/${delivery_id}`;
  const skipped = owed.length === 0 && { skipped: true };
  sendJson(response, 202, { received: true, signal_id: signalId, delivery_id, status_url, ...skipped });
}

const publish: Door = async (inbound, _request, response, context) => {
  const normalized = normalizeEvent(inbound);
  if ('status' in normalized) return keepAndRefuse(normalized, inbound, null, response, context);
  const kept = await acceptKeyed(normalized, String(response.getHeader('x-request-id')), context);
  const { eventId: event_id } = normalized.signal;
  if (kept.type === 'new') {
    const deliveries = kept.stored.owed.length;
    sendJson(response, 202, { received: true, event_id, signal_id: kept.stored.signalId, deliveries });
  } else if (kept.type === 'repeated') {
    sendJson(response, 200, { received: true, deduped: true, event_id, signal_id: kept.signalId });
  } else refuse(response, problemOf(kept));
  return tell(kept, normalized.signal.eventType);
};

function signatureProblem(inbound: Inbound, secrets: readonly string[]): Problem | null {
  const detail = hubSignatureComplaint(inbound, secrets, 'the ingest secret of the subscription');
  return detail === null ? null : { status: 401, reason: 'bad_signature', detail };
}

const secretUnavailable: Problem = {
  status: 503,
  reason: 'secret_unavailable',
  detail:
    'The ingest secret of the subscription cannot be decrypted at the moment; nothing of this request was kept. Please send it again.',
};

function unknown(id: string): Problem {
  return { status: 404, reason: 'not_found', detail: `There is no subscription ${id}.` };
}

function problemOf(kept: Extract<Keyed, { type: 'conflict' | 'unavailable' }>): Problem {
  if (kept.type === 'unavailable') {
    return { status: 503, reason: 'unavailable', detail: `${kept.detail} Please send it again.` };
  }
  const detail =
    'This idempotency key was used for another body. Give every request that says something else a key of its own.';
  return { status: 409, reason: 'idempotency_key_reused', detail };
}

async function keepAndRefuse(
  rejection: Rejection,
  inbound: Inbound,
  subscriptionId: string | null,
  response: Response,
  { gateway }: Context,
): Promise<Told> {
  const source = subscriptionId === null ? 'events' : 'webhook';
  const correlationId = String(response.getHeader('x-request-id'));
  const detail = await keepRejection(rejection, inbound, { source, subscriptionId, correlationId }, gateway);
  return refuse(response, detail === null ? rejection : problemOf({ type: 'unavailable', detail }));
}

/** A type of event given in the query is kept as if it had come in the header. */
function typed(inbound: Inbound, eventType: unknown): Inbound {
  if (typeof eventType !== 'string') return inbound;
  return { ...inbound, headers: { 'x-event-type': storable(eventType), ...inbound.headers } };
}

function refuse(response: Response, problem: Problem): Told {
  sendProblem(response, problem);
  const outcome = problem.status === 503 ? 'unavailable' : 'rejected';
  return { outcome, reason: problem.reason };
}

function tell(kept: Keyed, eventType: string): Told {
  const about = { event_type: eventType };
  if (kept.type === 'new') {
    const { signalId, owed } = kept.stored;
    return {
      outcome: 'accepted',
      ...about,
      signal_id: signalId,
      deliveries: owed.length,
      enqueued: kept.enqueued,
    };
  }
  if (kept.type === 'repeated') return { outcome: 'deduped', ...about, signal_id: kept.signalId };
  const { reason, status } = problemOf(kept);
  return { outcome: status === 503 ? 'unavailable' : 'rejected', ...about, reason };
}

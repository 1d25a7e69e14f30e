import { signalReceived } from '@signalbox/runtime';
import type { RequestHandler } from 'express';
import { refusalOf } from './authenticate.js';
import type { Context } from './context.js';
import { signalsReceived } from './metrics.js';
import { sendProblem } from './problem.js';

/**
 * Lets a sender in by an `ingest` key, before the body is read; while there are no keys, everybody. For doors that ask
 * for no signature.
 */
export function knownByKey(source: string, context: Context): RequestHandler {
  return async (request, response, next) => {
    const started = performance.now();
    const problem = await refusalOf(request, response, 'ingest', context);
    if (!problem) return next();
    sendProblem(response, problem);
    const { reason } = problem;
    signalsReceived.inc({ source, outcome: 'rejected', reason });
    signalReceived(context.log, {
      correlation_id: String(response.getHeader('x-request-id')),
      source,
      outcome: 'rejected',
      status: response.statusCode,
      duration_ms: Math.round((performance.now() - started) * 100) / 100,
      bytes: 0,
      reason,
    });
  };
}

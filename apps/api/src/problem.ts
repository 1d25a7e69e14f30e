import { STATUS_CODES } from 'node:http';
import { isTransient, isUnavailable } from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { deepest, jsonComplaint } from '@signalbox/sources';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { correlationId } from './correlation.js';
import { methodsOf, nearRoutes } from './near-routes.js';

/** What went wrong with a request, for its sender. Source: RFC 9457. */
export interface Problem {
  status: number;
  /** One word to branch on. */
  reason: string;
  detail: string;
  errors?: { path: string; message: string }[];
}

/** Answers with a problem document; one that may go away by itself says when to come back. */
export function sendProblem(response: Response, problem: Problem): void {
  const { status, reason, detail, errors } = problem;
  const title = STATUS_CODES[status] ?? 'Error';
  const request_id = response.getHeader('x-request-id');
  if (status === 503) response.setHeader('retry-after', '5');
  const body = { type: 'about:blank', title, status, reason, detail, ...(errors && { errors }), request_id };
  send(response, status, 'application/problem+json', body);
  if (!response.req.complete) readAwayBriefly(response.req);
}

/** What follows of a refused request is thrown away, so that its sender comes to read the answer; but not for long. */
function readAwayBriefly(request: Request): void {
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, 1_000).unref();
}

/** Answers with JSON, without what Express adds to it (an ETag over the body, content negotiation). */
export function sendJson(response: Response, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', body);
}

function send(response: Response, status: number, type: string, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

/** Nothing answers here: says what would be near, and for a wrong method which are right. */
export const notFound: RequestHandler = ({ method, path }, response) => {
  const methods = methodsOf(path);
  if (methods.length > 0 && !methods.includes(method)) {
    const allow = methods.join(', ');
    response.setHeader('allow', allow);
    const detail = `${path} is there for ${allow}, not for ${method}.`;
    return sendProblem(response, { status: 405, reason: 'method_not_allowed', detail });
  }
  const near = nearRoutes(method, path);
  const hint = near.length === 0 ? '' : ` Did you mean ${near.join(', or ')}?`;
  sendProblem(response, {
    status: 404,
    reason: 'not_found',
    detail: `There is no ${method} ${path}.${hint}`,
  });
};

/** The last handler: what a parser refused is the sender's problem, anything else is our bug and says nothing. */
export function onError(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = problemOf(error);
    const fields = {
      method: request.method,
      path: request.path,
      status: problem.status,
      reason: problem.reason,
    };
    // A path that cannot be decoded fails before any handler has given the request its id.
    if (!response.hasHeader('x-request-id'))
      response.setHeader('x-request-id', correlationId(request.headers));
    const correlation_id = response.getHeader('x-request-id');
    if (problem.status >= 500) log.error({ ...fields, correlation_id, err: error }, 'request.failed');
    else log.info({ ...fields, correlation_id }, 'request.rejected');
    if (response.headersSent) next(error);
    else sendProblem(response, problem);
  };
}

/** What an error that reached us says to the sender. */
export function problemOf(error: unknown): Problem {
  return (
    parserProblem(error) ??
    databaseProblem(error) ?? {
      status: 500,
      reason: 'internal_error',
      detail: 'Something went wrong on our side; nothing of this request is promised.',
    }
  );
}

const parserReasons: Record<string, { reason: string; detail: string }> = {
  'entity.too.large': { reason: 'too_large', detail: 'The body is larger than this endpoint takes.' },
  'entity.too.deep': {
    reason: 'too_deep',
    detail: `Arrays and objects may lie at most ${deepest} levels deep in one another.`,
  },
  'charset.unsupported': { reason: 'unsupported_charset', detail: 'The body must be UTF-8.' },
  'encoding.unsupported': {
    reason: 'unsupported_encoding',
    detail: 'Send the body as it is, or as gzip, deflate or br.',
  },
  'request.aborted': { reason: 'aborted', detail: 'The request ended before its body was complete.' },
  'request.size.invalid': {
    reason: 'wrong_length',
    detail: 'The body is not as long as Content-Length says.',
  },
};

function databaseProblem(error: unknown): Problem | null {
  if (!isUnavailable(error) && !isTransient(error)) return null;
  return { status: 503, reason: 'unavailable', detail: 'The database cannot be reached. Please try again.' };
}

function parserProblem(error: unknown): Problem | null {
  const { status, type, body } = (error ?? {}) as { status?: unknown; type?: unknown; body?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  if (type === 'entity.parse.failed' && typeof body === 'string') {
    return { status, reason: 'malformed_json', detail: jsonComplaint((error as Error).message, body) };
  }
  const known = typeof type === 'string' ? parserReasons[type] : undefined;
  return { status, ...(known ?? { reason: 'bad_request', detail: 'The request could not be read.' }) };
}

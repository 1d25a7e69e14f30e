import { STATUS_CODES } from 'node:http';
import { isTransient, isUnavailable } from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

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
}

/** Answers with JSON, without what Express adds to it (an ETag over the body, content negotiation). */
export function sendJson(response: Response, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', body);
}

function send(response: Response, status: number, type: string, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export const notFound: RequestHandler = (request, response) => {
  const detail = `There is no ${request.method} ${request.path}.`;
  sendProblem(response, { status: 404, reason: 'not_found', detail });
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
  'entity.parse.failed': { reason: 'malformed_json', detail: 'The body is not valid JSON.' },
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
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  const known = typeof type === 'string' ? parserReasons[type] : undefined;
  return { status, ...(known ?? { reason: 'bad_request', detail: 'The request could not be read.' }) };
}

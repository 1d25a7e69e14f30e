import { contentTypeComplaint } from '@signalbox/sources';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { type Problem, sendProblem } from './problem.js';

type FieldError = NonNullable<Problem['errors']>[number];

/** More help nobody, and a list of thousands may be wrong in every line. */
const mostErrors = 50;
/** Of what was sent, so much is quoted. Unit: UTF-16 code units. */
const longestQuote = 100;

/** What a request says in its body, if it has one; null after having answered what is wrong with it. */
export function readBody<T>(schema: z.ZodType<T>, request: Request, response: Response): T | null {
  const isEmpty = request.headers['content-length'] === '0';
  if (!isEmpty && request.is('application/json') === false) {
    const detail = contentTypeComplaint(request.headers['content-type']);
    sendProblem(response, { status: 415, reason: 'unsupported_media_type', detail });
    return null;
  }
  const result = schema.safeParse(request.body ?? {});
  if (result.success) return result.data;
  sendInvalid(response, result.error.issues.slice(0, mostErrors).flatMap(toErrors));
  return null;
}

/** Answers with what is wrong in a body. */
export function sendInvalid(response: Response, errors: FieldError[]): void {
  const detail = 'The body is not right; errors says where, and what would be.';
  sendProblem(response, { status: 422, reason: 'invalid_body', detail, errors: errors.slice(0, mostErrors) });
}

function toErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), message: issue.message }];
  return issue.keys.slice(0, mostErrors).map((key) => ({
    path: [...issue.path, key.slice(0, longestQuote)].join('.'),
    message: 'is not a field here; is it misspelt?',
  }));
}

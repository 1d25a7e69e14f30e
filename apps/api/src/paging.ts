import type { Request, Response } from 'express';
import { z } from 'zod';
import { sendProblem } from './problem.js';

const uuid = z.guid();

/** Which page of a list is wanted. */
export interface Page {
  /** 1 to 500 */
  limit: number;
  /** The id the page before ended with; null for the first. */
  before: string | null;
}

const page = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(500))
    .default(50),
  cursor: z
    .string()
    .transform((cursor) => Buffer.from(cursor, 'base64url').toString('utf8'))
    .pipe(uuid)
    .nullable()
    .default(null),
});

const messages: Record<string, string> = {
  limit: 'must be a whole number from 1 to 500',
  cursor: 'must be the next_cursor of an earlier page',
};

/** The page a request asks for; null after having answered that it asks wrongly. */
export function readPage(request: Request, response: Response): Page | null {
  const result = page.safeParse(request.query);
  if (result.success) return { limit: result.data.limit, before: result.data.cursor };
  const errors = result.error.issues.map((issue) => {
    const path = issue.path.join('.');
    return { path, message: messages[path] ?? issue.message };
  });
  sendProblem(response, { status: 400, reason: 'bad_query', detail: 'The query is not right.', errors });
  return null;
}

/** The cursor that leads past `rows`; null when they were the last. */
export function nextCursor(rows: readonly { id: string }[], limit: number): string | null {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last ? Buffer.from(last.id).toString('base64url') : null;
}

/** The id in the path; null after having answered 404, since nothing has an id that is none. */
export function readId(request: Request, response: Response, noun: string): string | null {
  const id = uuid.safeParse(request.params.id);
  if (id.success) return id.data;
  sendMissing(response, noun, String(request.params.id));
  return null;
}

export function sendMissing(response: Response, noun: string, id: string): void {
  sendProblem(response, { status: 404, reason: 'not_found', detail: `There is no ${noun} ${id}.` });
}

import { isPlain } from '@signalbox/domain';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { sendProblem } from './problem.js';

const uuid = z.guid().toLowerCase();

/** Which page of a list is wanted. */
export interface Page {
  /** 1 to 500 */
  limit: number;
  /** The id the page before ended with; null for the first. */
  before: string | null;
}

const limitRule = 'must be a whole number from 1 to 500';

/** How many rows a list is asked for. */
export const limit = z
  .string({ error: limitRule })
  .regex(/^\d{1,3}$/, limitRule)
  .transform(Number)
  .refine((value) => value >= 1 && value <= 500, limitRule)
  .default(50);

export const cursorRule = 'must be the next_cursor of an earlier page';
/** The id the page before ended with; null for the first page. */
export const cursor = z
  .string({ error: cursorRule })
  .transform((text) => Buffer.from(text, 'base64url').toString('utf8').toLowerCase())
  .pipe(z.guid({ error: cursorRule }))
  .nullable()
  .default(null);

/** One of these words. */
export function oneOf<Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: `must be one of ${names.join(', ')}` });
}

/** A text that rows are picked by. */
export const word = z
  .string({ error: 'must be given once' })
  .min(1)
  .max(200)
  .refine(isPlain, 'must not hold control characters');

/** Which page of a list is wanted. */
export const page = z.object({ limit, cursor });

/** The page a request asks for; null after having answered that it asks wrongly. */
export function readPage(request: Request, response: Response): Page | null {
  const asked = readQuery(page, request, response);
  return asked && { limit: asked.limit, before: asked.cursor };
}

/** What a request asks for in its query; null after having answered that it asks wrongly. */
export function readQuery<T>(schema: z.ZodType<T>, request: Request, response: Response): T | null {
  const result = schema.safeParse(request.query);
  if (result.success) return result.data;
  const detail = 'The query is not right.';
  sendProblem(response, { status: 400, reason: 'bad_query', detail, errors: fieldErrors(result.error) });
  return null;
}

/** What zod found wrong, as a problem document says it. */
export function fieldErrors(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
}

/** The cursor that leads past `rows`; null when they were the last. */
export function nextCursor(rows: readonly { id: string }[], limit: number): string | null {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last ? cursorAfter(last.id) : null;
}

/** The cursor that leads past the row with this id. */
export function cursorAfter(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The id in the path, in lower case as Postgres writes it; null after having answered 404, since nothing has an id that is none. */
export function readId(request: Request, response: Response, noun: string): string | null {
  const id = uuid.safeParse(request.params.id);
  if (id.success) return id.data;
  sendMissing(response, noun, String(request.params.id));
  return null;
}

export function sendMissing(response: Response, noun: string, id: string): void {
  sendProblem(response, { status: 404, reason: 'not_found', detail: `There is no ${noun} ${id}.` });
}

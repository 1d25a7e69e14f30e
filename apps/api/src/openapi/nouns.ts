import { z } from 'zod';

/** An id. */
export const id = z.string().meta({ format: 'uuid' });
/** A time in UTC. */
export const time = z.string().meta({ format: 'date-time' });
/** What a list ends with. */
export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Send it as cursor to get the next page; null: this is the last.' });

/** A page of a list. */
export function page(row: z.ZodType) {
  return z.object({ data: z.array(row), next_cursor: nextCursor });
}

/** The only page of a list that has one. */
export function wholeList(row: z.ZodType) {
  return z.object({ data: z.array(row), next_cursor: z.null() });
}

/** What goes wrong with a request. Source: RFC 9457. */
export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: 'What the status means.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    reason: z.string().meta({ description: 'One word to branch on.' }),
    detail: z.string().meta({ description: 'What is wrong and what would be right, for people.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each field that is wrong; path in dotted form.' }),
    request_id: z.string().meta({ description: 'The id of the request, as in our log.' }),
  })
  .meta({ id: 'Problem', description: 'Why a request is refused (RFC 9457).' });

/** An answer without a body. */
export const nothing = { description: 'Done.' };

/** A problem document, as examples show it. */
export function problemExample(status: number, title: string, reason: string, detail: string) {
  const request_id = '0199f1a0-7b00-7000-8000-0000000000ff';
  return { type: 'about:blank', title, status, reason, detail, request_id };
}

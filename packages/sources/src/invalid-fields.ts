import type { z } from 'zod';
import type { Rejection } from './source.js';

/** One field that is wrong. */
export type FieldError = NonNullable<Rejection['errors']>[number];

/**
 * Says of every field that is wrong what would be right.
 * @param rules what each field must be, by its dotted path
 */
export function fieldErrors(error: z.ZodError, rules: Record<string, string>): FieldError[] {
  const messages = new Map<string, string>();
  for (const issue of error.issues) {
    const path = issue.path.map(String).join('.');
    if (!messages.has(path)) messages.set(path, rules[path] ?? issue.message);
  }
  return Array.from(messages, ([path, message]) => ({ path, message }));
}

/** The rejection that names them all. */
export function invalidFields(errors: FieldError[]): Rejection {
  const paths = errors.map(({ path }) => path).join(', ');
  return {
    status: 400,
    reason: 'invalid_body',
    detail: `These fields are missing or wrong: ${paths}.`,
    errors,
  };
}

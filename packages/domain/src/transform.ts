import { z } from 'zod';
import { compileEdit } from './json-edit.js';
import { longestText, pathMistake } from './json-path.js';

/** Of what is omitted, and of what is renamed. */
const mostPaths = 100;

/** Unit: UTF-16 code units. */
const longestExpression = 10_000;

const path = z.string({ error: 'must be a path, like customer.email' }).superRefine((text, context) => {
  const mistake = pathMistake(text);
  if (mistake) context.addIssue({ code: 'custom', message: mistake });
});

const omitRule = `must be a list of at most ${mostPaths} paths, like ["customer.email"]`;
// What is too long is not looked into: what may be said of a million wrong paths would fill the memory.
const omit = z
  .array(z.unknown(), { error: omitRule })
  .max(mostPaths, { error: omitRule })
  .pipe(z.array(path));

const nameRule = `must be the new name alone, 1 to ${longestText} characters without a dot; the member stays where it is`;
const name = z
  .string({ error: nameRule })
  .max(longestText, { error: nameRule, abort: true })
  .regex(/^[^.]+$/, { error: nameRule });

const renameRule = `must be an object from at most ${mostPaths} paths to new names, like {"customer.email": "mail"}`;
const rename = z
  .record(z.string(), z.unknown(), { error: renameRule })
  .refine((names) => Object.keys(names).length <= mostPaths, { error: renameRule, abort: true })
  .pipe(z.record(z.string(), name));

const expressionRule = `must be a JSONata expression of 1 to ${longestExpression} characters`;
const jsonata = z
  .string({ error: expressionRule })
  .min(1, { error: expressionRule })
  .max(longestExpression, { error: expressionRule });

const kindRule = 'must be an object with something to omit or rename, or with jsonata';

/**
 * How a payload is changed for a subscription: members left out or renamed, all the rest left as it is to the byte; or
 * whatever a JSONata expression makes of it, of which it is not checked here whether it compiles.
 */
export const transformSchema = z
  .strictObject(
    { omit: omit.optional(), rename: rename.optional(), jsonata: jsonata.optional() },
    { error: ({ code }) => (code === 'invalid_type' ? kindRule : undefined) },
  )
  .superRefine((transform, context) => {
    for (const { path, message } of mistakesIn(transform)) {
      context.addIssue({ code: 'custom', path, message });
    }
  });
export type Transform = z.infer<typeof transformSchema>;

/**
 * Makes a transform that omits and renames ready to be used often.
 * @param transform has passed `transformSchema`, and is not of JSONata
 * @returns see `compileEdit`
 */
export function compileReshape({ omit = [], rename = {} }: Transform): (body: Buffer) => Buffer {
  return compileEdit({ omit, rename });
}

interface Mistake {
  path: string[];
  message: string;
}

function mistakesIn({ omit = [], rename = {}, jsonata }: Transform): Mistake[] {
  const renamed = Object.entries(rename);
  const isEdit = omit.length + renamed.length > 0;
  if (jsonata === undefined && !isEdit) return [{ path: [], message: kindRule }];
  if (jsonata !== undefined && isEdit) {
    return [
      { path: ['jsonata'], message: 'does not go together with omit and rename; it can do both itself' },
    ];
  }
  return renamed.flatMap(([path, name], index) => {
    const message =
      pathMistake(path) ??
      (omit.includes(path) ? 'is omitted as well' : null) ??
      twinMistake(newPath(path, name), renamed.slice(0, index));
    return message === null ? [] : [{ path: ['rename', path.slice(0, longestText)], message }];
  });
}

function twinMistake(path: string, earlier: readonly [string, string][]): string | null {
  const twin = earlier.find(([other, name]) => newPath(other, name) === path);
  return twin ? `gets the name that ${twin[0]} gets` : null;
}

function newPath(path: string, name: string): string {
  return path.slice(0, path.lastIndexOf('.') + 1) + name;
}

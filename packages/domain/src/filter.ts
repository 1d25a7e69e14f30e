import { z } from 'zod';
import { filterMistakes } from './filter-check.js';
import { equals, negations, valueOperators } from './filter-operators.js';

/**
 * Which payloads a subscription wants. All conditions of an object must hold.
 *
 * - A key leads into the payload, `customer.country` like `{"customer": {"country": …}}`; what it leads to must meet
 *   its condition. A key that has a dot of its own cannot be named.
 * - A plain value asks for the same value; a plain list asks for a list that has, for each of its conditions, an
 *   element that meets it.
 * - A list in the payload meets a condition when it does as a whole, or when one of its elements does (not an element
 *   of an element). Several members, `$eq`, `$gt` … in one object must be met by the same element; `$neq`, `$nin`
 *   and `$not` say that no element does.
 * - What is absent meets nothing but `{"$exists": false}` and `$not`; not even `$neq` and `$nin`.
 *
 * Close to Hookdeck's filters (hookdeck.com/docs/filters). Theirs write `$exist`, also know `$ref` and `$in` with a text
 * that is part of a text, and most of their operators take a list only as a whole.
 */
export type Filter = Readonly<Record<string, unknown>>;

/**
 * Refuses what is no filter, and what is too large: 20 levels, 200 conditions, texts of 1,000 characters. What it lets
 * through is the very object it was given, `__proto__` and all.
 */
export const filterSchema = z
  .unknown()
  .superRefine((filter, context) => {
    for (const { path, message } of filterMistakes(filter)) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .meta({
    type: 'object',
    description: 'A match over the payload, such as {"amount": {"$gt": 100}}',
  }) as z.ZodType<Filter>;

/** Whether a value meets a condition; undefined stands for a value that is not there. */
type Matcher = (value: unknown) => boolean;

/**
 * Makes a filter ready to be used often.
 * @param filter has passed `filterSchema`
 * @returns whether a payload, any JSON, passes; never throws, and takes at most time in proportion to the size of the
 *   payload times that of the filter
 */
export function compileFilter(filter: Filter): (payload: unknown) => boolean {
  return compileObject(filter);
}

function compileCondition(condition: unknown): Matcher {
  if (Array.isArray(condition)) return compileList(condition);
  if (typeof condition === 'object' && condition !== null) return compileObject(condition as Filter);
  return someElement(equals(condition));
}

function compileList(conditions: readonly unknown[]): Matcher {
  const matchers = conditions.map(compileCondition);
  return (value) => Array.isArray(value) && matchers.every((matches) => value.some(matches));
}

function compileObject(condition: Filter): Matcher {
  const ofElement: Matcher[] = [];
  const ofWhole: Matcher[] = [];
  for (const [key, operand] of Object.entries(condition)) {
    const whole = compileWhole(key, operand);
    if (whole) ofWhole.push(whole);
    else ofElement.push(valueOperators.get(key)?.test(operand) ?? compilePath(key, operand));
  }
  if (ofElement.length > 0) ofWhole.push(someElement((value) => ofElement.every((meets) => meets(value))));
  return (value) => ofWhole.every((matches) => matches(value));
}

/** The conditions that no single element decides. */
function compileWhole(key: string, operand: unknown): Matcher | null {
  if (key === '$exists') return (value) => (value !== undefined) === operand;
  if (key === '$not') return not(compileCondition(operand));
  if (key === '$and' || key === '$or') {
    const matchers = (operand as unknown[]).map(compileCondition);
    if (key === '$and') return (value) => matchers.every((matches) => matches(value));
    return (value) => matchers.some((matches) => matches(value));
  }
  const negated = negations.get(key);
  if (!negated) return null;
  const differs = not(someElement(negated.test(operand)));
  return (value) => value !== undefined && differs(value);
}

function compilePath(path: string, condition: unknown): Matcher {
  const names = path.split('.');
  const last = member(names.pop() ?? '', compileCondition(condition));
  return names.reduceRight((inner, name) => member(name, someElement(inner)), last);
}

/** Own members only; lists have none. */
function member(name: string, matches: Matcher): Matcher {
  return (value) => {
    if (Array.isArray(value)) return false;
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return matches(isThere ? (value as Filter)[name] : undefined);
  };
}

function someElement(meets: Matcher): Matcher {
  return (value) => meets(value) || (Array.isArray(value) && value.some(meets));
}

function not(matches: Matcher): Matcher {
  return (value) => !matches(value);
}

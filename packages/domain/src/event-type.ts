import { z } from 'zod';

/** Parts joined by dots; a part is what people name their events with: `order.created`, `orders/paid`, `v1:sync`. */
const parts = '[A-Za-z0-9_:/-]+(?:\\.[A-Za-z0-9_:/-]+)*';
const nameForm = new RegExp(`^${parts}$`);
const patternForm = new RegExp(`^(?:\\*|${parts}(?:\\.\\*)?)$`);

/** Unit: characters. */
const longest = 100;

const letters = `1 to ${longest} letters, digits, _ - : / in parts joined by dots`;
const nameRule = `must be ${letters}, like order.created`;
const patternRule = `must be ${letters}, like order.created, or order.* for all that begin with order., or * for all`;

/** What a sender calls one sort of event. */
export const eventTypeName = z
  .string({ error: nameRule })
  .max(longest, { error: nameRule, abort: true })
  .regex(nameForm, { error: nameRule });

/** Which event types a subscription wants: one name, `order.*` for all that begin with `order.`, or `*` for all. */
export const eventTypePattern = z
  .string({ error: patternRule })
  .max(longest, { error: patternRule, abort: true })
  .regex(patternForm, { error: patternRule });

/** Whether one of the patterns covers an event type; an empty list covers all. */
export function matchesEventType(patterns: readonly string[], type: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => covers(pattern, type));
}

function covers(pattern: string, type: string): boolean {
  if (pattern === '*' || pattern === type) return true;
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1));
}

/** What a placeholder stands for. */
export const kinds = ['secret', 'email', 'iban', 'card', 'ssn', 'ip', 'phone'] as const;
export type Kind = (typeof kinds)[number];

/** From where to where, end excluded. Unit: code units. */
export type Span = readonly [start: number, end: number];

/**
 * One thing to take out of a text. Every repetition in a pattern is bounded, or cannot fail once it has begun, so
 * that no text makes it slow.
 */
export interface Rule {
  kind: Kind;
  /** Global. Its group `found` is taken out, its group `before` stays; a match without `found` is left as it is. */
  pattern: RegExp;
  /** Which parts of `found` are taken out; all of it where this is missing. */
  parts?: (found: string) => Span[];
}

/** A test on the whole of what was found. */
export function where(holds: (found: string) => boolean): (found: string) => Span[] {
  return (found) => (holds(found) ? [[0, found.length]] : []);
}

/**
 * Looks like a number or a token, but only names something: UUIDs, Stripe's ids, timestamps. It comes first in a
 * pattern, so that nothing inside of it is looked at.
 */
export const spared = [
  String.raw`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`,
  String.raw`\b(?:acct|ba|card|ch|cn|cus|dp|du|evt|fee|fr|ii|in|li|pi|plan|pm|po|price|prod|py|pyr|re|req|seti|si|src|sub|tr|txn|tu|we)_(?:test_|live_)?(?!\d{13,19}\b)[A-Za-z0-9]{1,64}\b`,
  String.raw`\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b`,
].join('|');

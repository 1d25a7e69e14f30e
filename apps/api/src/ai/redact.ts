import { personalData } from './personal-data.js';
import type { Kind, Rule, Span } from './rule.js';
import { secrets } from './secrets.js';

/** A text that may leave the process. */
export interface Redacted {
  text: string;
  /** How many of each kind were taken out; kinds that were not found are missing. */
  counts: Partial<Record<Kind, number>>;
}

const rules = [...secrets, ...personalData];

/**
 * Puts a placeholder like `[email]` in the place of everything that looks like a secret or tells a person, an account
 * or a machine. It is wrong in both directions now and then; names of people, for one, stay.
 */
export function redact(original: string): Redacted {
  const counts: Redacted['counts'] = {};
  const text = rules.reduce((text, rule) => apply(text, rule, counts), plain(original));
  return { text, counts };
}

/** Digits and spaces in other guises become plain ones, and nothing invisible stands between two of them. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .replace(/[\u00ad\u200b\u2060\ufeff\0]/g, '');
}

function apply(text: string, { kind, pattern, parts }: Rule, counts: Redacted['counts']): string {
  return text.replace(pattern, (match: string, ...rest: unknown[]) => {
    const { before = '', found } = rest.at(-1) as { before?: string; found?: string };
    if (found === undefined) return match;
    const spans = parts ? parts(found) : [[0, found.length] as const];
    if (spans.length > 0) counts[kind] = (counts[kind] ?? 0) + spans.length;
    return before + hide(found, spans, `[${kind}]`);
  });
}

function hide(text: string, spans: Span[], placeholder: string): string {
  let shown = '';
  let end = 0;
  for (const [start, next] of spans) {
    shown += text.slice(end, start) + placeholder;
    end = next;
  }
  return shown + text.slice(end);
}

import type { Severity } from '@signalbox/domain';
import { type Summary, shorten } from './summary.js';

const words: { severity: Severity; pattern: RegExp }[] = [
  { severity: 'info', pattern: /\b(?:resolved|recovered|back to normal|all clear|maintenance|no impact)\b/i },
  {
    severity: 'critical',
    pattern:
      /\b(?:outages?|down|unavailable|breach(?:ed)?|theft|stolen|data loss|critical|emergency|security incident|(?:payments?|payouts?|transactions?)(?: \w+){0,2} fail(?:s|ed|ing|ures?)?|multiple \w+ failures?)\b/i,
  },
  {
    severity: 'warning',
    pattern:
      /\b(?:degraded|slow(?:ness|er)?|latency|delay(?:s|ed)?|elevated|intermittent|retry(?:ing)?|retries|timeouts?|warning|suspicious|errors?|fail(?:s|ed|ing|ures?)?)\b/i,
  },
];

/** Summarizes by keywords alone: the first sentence, and how grave its words are. The same text gives the same answer. */
export function summarizeByKeywords(text: string): Summary {
  const found = words.find(({ pattern }) => pattern.test(text));
  return { summary: shorten(firstSentence(text)), suggested_severity: found?.severity ?? 'info' };
}

function firstSentence(text: string): string {
  const trimmed = text.trim();
  const end = trimmed.search(/[.!?]+(?:\s|$)|\n/);
  const sentence = end > 0 ? trimmed.slice(0, end) : trimmed;
  return sentence.trim() || trimmed;
}

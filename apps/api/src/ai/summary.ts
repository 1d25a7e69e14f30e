import { severities } from '@signalbox/domain';
import { z } from 'zod';

/** What a text comes down to. */
export const summarySchema = z.object({
  summary: z.string().trim().min(1),
  suggested_severity: z.enum(severities),
});
export type Summary = z.infer<typeof summarySchema>;

const longest = 140;

/** At most 140 code points, cut at a word, with an ellipsis where something was cut. */
export function shorten(text: string): string {
  const points = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  if (points.length <= longest) return points.join('');
  const cut = points.slice(0, longest - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > longest / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

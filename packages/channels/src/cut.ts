/** At most `max` code points, the last of them an ellipsis where some were left out; no half characters. */
export function cut(text: string, max: number): string {
  // No character takes more than two code units, so the rest of a very long text need not be looked at.
  const points = Array.from(text.slice(0, 2 * (max + 1)));
  if (points.length <= max) return text.toWellFormed();
  return `${points
    .slice(0, max - 1)
    .join('')
    .toWellFormed()}…`;
}

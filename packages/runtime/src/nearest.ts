/** How many letters must be changed, added or removed to make one text of the other. */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1;
      line[column] = Math.min(
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + changed,
      );
    }
    above = line;
  }
  return above[b.length] ?? 0;
}

/** Whether one word may be the other misspelt: one letter off, two in a long word; a capital is no other letter. */
export function isMisspelt(a: string, b: string): boolean {
  const most = Math.min(a.length, b.length) < 6 ? 1 : 2;
  if (Math.abs(a.length - b.length) > most) return false;
  return editDistance(a.toLowerCase(), b.toLowerCase()) <= most;
}

/**
 * The name that was probably meant: one that is misspelt, or else one that has all words of what was given, and some more
 * (`PAGERDUTY_KEY` for `PAGERDUTY_ROUTING_KEY`); null where none is near.
 */
export function nearestName(given: string, known: readonly string[]): string | null {
  const words = given.toUpperCase().split('_');
  const hasAllWords = (name: string) => words.every((word) => name.split('_').includes(word));
  const misspelt = known.find((name) => isMisspelt(given, name));
  return misspelt ?? (words.length > 1 ? known.find(hasAllWords) : undefined) ?? null;
}

/** Most names in one path, and most levels of a filter. */
export const deepest = 20;

/** Of a path, and of a text in a filter. Unit: UTF-16 code units. */
export const longestText = 1_000;

/** What is wrong with a dotted path such as `customer.email`; null where nothing is. */
export function pathMistake(path: string): string | null {
  if (path.length > longestText) return `is longer than ${longestText} characters`;
  const names = path.split('.');
  if (names.length > deepest) return `has more than ${deepest} names`;
  return names.includes('') ? 'is no path: it needs a name before, after and between its dots' : null;
}

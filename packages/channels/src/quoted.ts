import type { HttpResult } from './http.js';

/** What is shorter stands in many an answer by chance, and is no secret. */
const shortest = 8;

/** An answer may quote the headers of its request, and is stored: the words of their values are taken out of it. */
export function withoutValues(result: HttpResult, headers: Readonly<Record<string, string>>): HttpResult {
  if (!result.ok || result.excerpt === '') return result;
  const words = Object.values(headers)
    // Quotes and backslashes are written otherwise in JSON.
    .flatMap((value) => value.split(/[\s"\\]+/))
    .filter(({ length }) => length >= shortest)
    .toSorted((a, b) => b.length - a.length);
  return words.length === 0 ? result : { ...result, excerpt: words.reduce(withoutWord, result.excerpt) };
}

function withoutWord(text: string, word: string): string {
  const rest = text.replaceAll(word, '…');
  // The end of an excerpt may have cut it short.
  for (let length = word.length - 1; length >= shortest; length -= 1) {
    if (rest.endsWith(word.slice(0, length))) return `${rest.slice(0, -length)}…`;
  }
  return rest;
}

/** Text that Postgres can keep: lone surrogates and NUL become U+FFFD, and at most `max` code units stay. */
export function storable(text: string, max = 1024): string {
  return text.slice(0, max).toWellFormed().replaceAll('\0', '\uFFFD');
}

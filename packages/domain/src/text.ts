/** Text that Postgres can keep: lone surrogates and NUL become U+FFFD, and at most `max` code units stay. */
export function storable(text: string, max = 1024): string {
  return text.slice(0, max).toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Whether Postgres can keep a text as it is, and people can read it on one line. */
export function isPlain(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
}

/** What {@link isName} asks for, after "must be". */
export const nameRule = '1 to 200 characters, no control characters, and not only white space';

/** Whether a text will do as what people call a store, a user or a partner. */
export function isName(text: string): boolean {
  return text.length <= 200 && /\S/.test(text) && isPlain(text);
}

/** The bytes that give JSON its form. */
export const comma = 0x2c;
export const colon = 0x3a;
export const openList = 0x5b;
export const closeList = 0x5d;
export const openObject = 0x7b;
export const closeObject = 0x7d;
const quote = 0x22;
const backslash = 0x5c;

/** The first position from `at` on that holds no white space. */
export function skipSpace(json: Buffer, at: number): number {
  let next = at;
  while (isSpace(json[next])) next += 1;
  return next;
}

/** The position behind the value that begins at `at`. However deep the value is, this costs no stack. */
export function skipValue(json: Buffer, at: number): number {
  const first = json[at];
  if (first === quote) return skipString(json, at);
  return first === openObject || first === openList ? skipNested(json, at) : skipWord(json, at);
}

/** The position behind the string that begins at `at`. */
export function skipString(json: Buffer, at: number): number {
  if (json[at] !== quote) throw notJson(at);
  let next = at + 1;
  while (json[next] !== quote) {
    if (next >= json.length) throw notJson(next);
    next += json[next] === backslash ? 2 : 1;
  }
  return next + 1;
}

/** What the string says that begins at `from` and ends before `to`. */
export function readString(json: Buffer, from: number, to: number): string {
  const text = json.toString('utf8', from + 1, to - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

function skipNested(json: Buffer, at: number): number {
  let next = at;
  let depth = 0;
  do {
    const byte = json[next];
    if (byte === undefined) throw notJson(next);
    if (byte === openObject || byte === openList) depth += 1;
    if (byte === closeObject || byte === closeList) depth -= 1;
    next = byte === quote ? skipString(json, next) : next + 1;
  } while (depth > 0);
  return next;
}

/** A number, true, false or null. */
function skipWord(json: Buffer, at: number): number {
  let next = at;
  while (isOfWord(json[next])) next += 1;
  if (next === at) throw notJson(at);
  return next;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Letters, digits, + - and . */
function isOfWord(byte = 0): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x2b && byte <= 0x39 && byte !== comma) || byte === 0x45;
}

/** A bug of ours: what comes here was checked at the door. */
export function notJson(at: number): Error {
  return new Error(`these bytes are no JSON: position ${at} does not fit`);
}

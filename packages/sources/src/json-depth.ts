/**
 * How deep arrays and objects may lie in one another. No sender comes near it; readers that call themselves for every
 * level (JSON.stringify among them, which overflows the stack at about 4,000) need not fear what is stored.
 */
export const deepest = 64;

const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const openObject = 0x7b;
const closeObject = 0x7d;

/** Whether JSON is nested deeper than so many levels. What is no JSON may get either answer. */
export function isTooDeep(bytes: Buffer, levels = deepest): boolean {
  // Most bodies do not open so many; finding that out takes well under a microsecond, walking through 2 kB takes two.
  if (!opensMore(bytes, levels)) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === quote) inString = !inString;
    else if (inString) i += byte === backslash ? 1 : 0;
    else depth += step(byte);
    if (depth > levels) return true;
  }
  return false;
}

function opensMore(bytes: Buffer, most: number): boolean {
  let found = 0;
  for (const bracket of [openObject, openList]) {
    for (let at = bytes.indexOf(bracket); at !== -1; at = bytes.indexOf(bracket, at + 1)) {
      found += 1;
      if (found > most) return true;
    }
  }
  return false;
}

/** `[` and `{` lead one level down, `]` and `}` one up. */
function step(byte = 0): number {
  // In ASCII both brackets of a list are 0x20 below those of an object, and nothing else is.
  const bracket = byte | 0x20;
  if (bracket === openObject) return 1;
  return bracket === closeObject ? -1 : 0;
}

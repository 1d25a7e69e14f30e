import type { Span } from './rule.js';

/** The card numbers in a run of digits and separators: whole groups of it that are one. */
export function cardNumbers(run: string): Span[] {
  const groups = [...run.matchAll(/\d+/g)];
  const spans: Span[] = [];
  for (let first = 0; first < groups.length; ) {
    const last = lastGroup(groups, first);
    if (last !== null) spans.push([groups[first]?.index ?? 0, endOf(groups[last])]);
    first = (last ?? first) + 1;
  }
  return spans;
}

/** The last group of the longest card number that begins with `first`. */
function lastGroup(groups: RegExpExecArray[], first: number): number | null {
  let digits = '';
  let found: number | null = null;
  for (let index = first; index < groups.length && digits.length < 19; index += 1) {
    digits += groups[index]?.[0] ?? '';
    if (isCardNumber(digits)) found = index;
  }
  return found;
}

function endOf(group: RegExpExecArray | undefined): number {
  return group ? group.index + group[0].length : 0;
}

/** 13 to 19 digits that begin as cards do (1, as in a timestamp, is none of theirs) and pass Luhn's check. Source: ISO/IEC 7812. */
function isCardNumber(digits: string): boolean {
  return /^(?:[3456]|2[2-7])\d{12,18}$/.test(digits) && digits.length <= 19 && luhn(digits) % 10 === 0;
}

function luhn(digits: string): number {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighed = index % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum;
}

/** The IBAN at the start of a text; the words after it look like more of it. Source: ISO 13616. */
export function iban(text: string): Span[] {
  const places = [...text.matchAll(/[A-Za-z0-9]/g)].map(({ index }) => index);
  const letters = text.replace(/[ -]/g, '').toUpperCase();
  for (let length = Math.min(34, letters.length); length >= 15; length -= 1) {
    if (remainder97(letters.slice(0, length)) === 1) return [[0, (places[length - 1] ?? 0) + 1]];
  }
  return [];
}

function remainder97(letters: string): number {
  const turned = letters.slice(4) + letters.slice(0, 4);
  let remainder = 0;
  for (const letter of turned) {
    const number = Number.parseInt(letter, 36);
    remainder = (remainder * (number > 9 ? 100 : 10) + number) % 97;
  }
  return remainder;
}

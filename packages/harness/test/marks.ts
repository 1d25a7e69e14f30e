import { randomBytes } from 'node:crypto';

/** Secrets of one run, each of which is found again wherever it has got to. */
export type Marks = Record<string, string>;

/** Letters and digits nobody else comes up with. */
export function newMark(length = 32): string {
  return `sEcReT${randomBytes(length).toString('hex')}`.slice(0, length);
}

/** As many random bytes in base64, without padding where it is a multiple of three. */
export function newBase64(bytes: number): string {
  return randomBytes(bytes).toString('base64');
}

/** The names of the marks that stand in a text: as they are, in hex digits, or within something in base64. */
export function marksIn(text: string, marks: Marks): string[] {
  return Object.keys(marks).filter((name) => formsOf(marks[name] ?? '').some((form) => text.includes(form)));
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('hex'), ...[0, 1, 2].map((before) => inBase64(bytes, before))];
}

/** What all texts in base64 have in common that hold these bytes after so many others, modulo 3. */
function inBase64(bytes: Buffer, before: number): string {
  const groups = Buffer.concat([Buffer.alloc(before), bytes]);
  const whole = groups.subarray(0, groups.length - (groups.length % 3)).toString('base64');
  return before === 0 ? whole : whole.slice(4);
}

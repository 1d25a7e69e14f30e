import jsonata from 'jsonata';
import type { Checked, Evaluated } from './task.js';

const compiled = new Map<string, jsonata.Expression>();

/**
 * Compiling costs more than evaluating does, so it is remembered while the texts together are no longer than this. A
 * compiled expression takes up to 130 bytes for each of them. Unit: UTF-16 code units.
 */
const mostCompiled = 100_000;
let compiledLength = 0;

/** An error may quote the input. Unit: UTF-16 code units. */
const longestMessage = 300;

/** Whether an expression compiles. */
export function check(expression: string): Checked {
  try {
    jsonata(expression);
    return { ok: true };
  } catch (error) {
    return { ok: false, message: messageOf(error), position: positionOf(error) };
  }
}

/**
 * What an expression makes of an input. May take for ever, and all the memory there is.
 * @param json the input, as JSON text
 * @param maxBytes of the result, as JSON in UTF-8
 */
export async function evaluate(expression: string, json: string, maxBytes: number): Promise<Evaluated> {
  try {
    const result: unknown = await compile(expression).evaluate(JSON.parse(json));
    return shown(JSON.stringify(result, jsonOnly), maxBytes);
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  }
}

function compile(expression: string): jsonata.Expression {
  const known = compiled.get(expression);
  if (known) {
    // The one that was used last is the last to be forgotten.
    compiled.delete(expression);
    compiled.set(expression, known);
    return known;
  }
  const made = jsonata(expression);
  compiled.set(expression, made);
  compiledLength += expression.length;
  forgetOldest();
  return made;
}

function forgetOldest(): void {
  for (const oldest of compiled.keys()) {
    if (compiledLength <= mostCompiled) return;
    compiled.delete(oldest);
    compiledLength -= oldest.length;
  }
}

function shown(json: string | undefined, maxBytes: number): Evaluated {
  if (json === undefined) return { ok: false, detail: 'the expression gives nothing for this input' };
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxBytes) return { ok: true, json };
  return { ok: false, detail: `the result has ${bytes} bytes; at most ${maxBytes} are allowed` };
}

/** JSON.stringify would leave out the one, write null for the other, and say nothing. */
function jsonOnly(key: string, value: unknown): unknown {
  if (isFunction(value)) throw new TypeError(`${whatIs(key)} a function`);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`${whatIs(key)} a number too large for JSON`);
  }
  return value;
}

function whatIs(key: string): string {
  return key === '' ? 'the result is' : `in the result, ${JSON.stringify(key)} is`;
}

function isFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  // How JSONata marks its own.
  return '_jsonata_lambda' in value || '_jsonata_function' in value;
}

/** JSONata throws objects that are no errors. */
function messageOf(error: unknown): string {
  // That is how the stack's end shows, here and when compiling.
  if (error instanceof RangeError) return `the nesting is too deep, or a text too long: ${error.message}`;
  const { message, code } = error as { message?: unknown; code?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : `failed with ${String(code)}`;
  return text.slice(0, longestMessage);
}

function positionOf(error: unknown): number | null {
  const { position } = error as { position?: unknown };
  return typeof position === 'number' ? position : null;
}

import { parseArgs } from 'node:util';

/** What an option may be: a whole number. */
export interface Limits {
  usual: number;
  from: number;
  to: number;
}

/** A mistake on the command line, in a sentence for whoever typed it. */
export class UsageError extends Error {}

/**
 * Reads the options of a command.
 * @param command how it is called, as in `npm run bench -- fan-out`
 * @throws a {@link UsageError} for a mistake
 */
export function readOptions<Name extends string>(
  command: string,
  limits: Record<Name, Limits>,
  argv: readonly string[],
): Record<Name, number> {
  const names = Object.keys(limits) as Name[];
  const usage = `Use: ${[command, ...names.map((name) => `[--${name} ${limits[name].usual}]`)].join(' ')}`;
  const values = parse(names, usage, argv);
  const entries = names.map((name) => [name, inRange(name, limits[name], usage, values[name])]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function parse(
  names: readonly string[],
  usage: string,
  argv: readonly string[],
): Record<string, string | undefined> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. ${usage}`, { cause: error });
  }
}

function inRange(name: string, { usual, from, to }: Limits, usage: string, text: string | undefined): number {
  const value = text === undefined ? usual : Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new UsageError(`--${name} takes a whole number from ${from} to ${to}, not "${text}". ${usage}`);
}

import { parseArgs } from 'node:util';

/** What the command line chose. */
export interface Options {
  /** How often each side is measured; medians are reported. */
  rounds: number;
  /** Length of each measured window, in seconds. */
  seconds: number;
  /** Users per store: how many deliveries one event owes. */
  users: number;
}

const limits = {
  rounds: { usual: 3, from: 1, to: 20 },
  seconds: { usual: 8, from: 2, to: 120 },
  users: { usual: 1, from: 1, to: 100 },
} as const;
type Name = keyof typeof limits;
const names = Object.keys(limits) as Name[];

/** How to call it. */
export const usage = `npm run bench -- ${names.map((name) => `[--${name} ${limits[name].usual}]`).join(' ')}`;

/** A mistake on the command line, in a sentence for whoever typed it. */
export class UsageError extends Error {}

/** Reads the command line; throws a {@link UsageError} for a mistake. */
export function readOptions(argv: readonly string[]): Options {
  const values = parse(argv);
  const read = (name: Name): number => inRange(name, values[name]);
  return { rounds: read('rounds'), seconds: read('seconds'), users: read('users') };
}

function parse(argv: readonly string[]): Partial<Record<Name, string>> {
  const option = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...argv], options: { rounds: option, seconds: option, users: option } }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. Use: ${usage}`, { cause: error });
  }
}

function inRange(name: Name, text: string | undefined): number {
  const { usual, from, to } = limits[name];
  const value = text === undefined ? usual : Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new UsageError(`--${name} takes a whole number from ${from} to ${to}, not "${text}". Use: ${usage}`);
}

import { parseArgs } from 'node:util';
import { type FaultName, faultNames } from './fault-kinds.js';

/** What a run is asked for on the command line. */
export interface ChaosOptions {
  seed: number;
  minutes: number;
  faults: readonly FaultName[];
}

/** A mistake on the command line, in a sentence for whoever typed it. */
export class UsageError extends Error {}

const usage = 'Use: npm run chaos -- [--seed 123] [--minutes 3] [--faults worker-kill,redis-lost]';

/**
 * @param seed taken where none is given
 * @throws UsageError
 */
export function readOptions(argv: readonly string[], seed: number): ChaosOptions {
  const values = parse(argv);
  return {
    seed: whole('seed', values.seed, seed, 0, 2 ** 32 - 1),
    minutes: whole('minutes', values.minutes, 3, 1, 60),
    faults: values.faults === undefined ? faultNames : values.faults.split(',').map(toFault),
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...argv], options: { seed: text, minutes: text, faults: text } }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}. ${usage}`, { cause: error });
  }
}

function whole(name: string, given: string | undefined, usual: number, from: number, to: number): number {
  const value = given === undefined ? usual : Number(given);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new UsageError(`--${name} takes a whole number from ${from} to ${to}, not "${given}". ${usage}`);
}

function toFault(name: string): FaultName {
  const known = faultNames.find((fault) => fault === name);
  if (known) return known;
  throw new UsageError(`There is no fault "${name}"; there are ${faultNames.join(', ')}. ${usage}`);
}

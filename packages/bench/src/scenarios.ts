import { comparison } from './comparison.js';
import { fanOut } from './fan-out/scenario.js';
import { isolation } from './isolation/scenario.js';
import { UsageError } from './options.js';
import { overload } from './overload/scenario.js';
import { soak } from './soak/scenario.js';
import type { Stage } from './stage.js';

/** Reads its options, and answers with what is then to be run. */
export type Scenario = (argv: readonly string[]) => (stage: Stage) => Promise<void>;

/** Beside the comparison with the baseline: what `npm run bench -- <name>` runs. */
const scenarios = new Map<string, Scenario>([
  ['fan-out', fanOut],
  ['isolation', isolation],
  ['overload', overload],
  ['soak', soak],
]);

/**
 * What the command line chose.
 * @throws a {@link UsageError} for a mistake
 */
export function chosen(argv: readonly string[]): ReturnType<Scenario> {
  const [name, ...rest] = argv;
  if (name === undefined || name.startsWith('-')) return comparison(argv);
  const scenario = scenarios.get(name);
  if (scenario) return scenario(rest);
  const known = [...scenarios.keys()].join(', ');
  throw new UsageError(`There is no scenario "${name}"; beside the comparison there is: ${known}.`);
}

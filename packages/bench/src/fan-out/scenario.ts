import { readOptions } from '../options.js';
import type { Stage } from '../stage.js';
import { measureLargeStore } from './large-store.js';
import { measureManyStores } from './many-stores.js';
import { afterKill, figures } from './report.js';

const limits = {
  /** Length of the windows in which alerts are sent at a rate. */
  seconds: { usual: 8, from: 2, to: 15 },
};

/** How alerts that concern many are fanned out; on our side only. */
export function fanOut(argv: readonly string[]): (stage: Stage) => Promise<void> {
  const { seconds } = readOptions('npm run bench -- fan-out', limits, argv);
  return (stage) => run(stage, seconds);
}

async function run(stage: Stage, seconds: number): Promise<void> {
  const { atRest, steady, killed } = await measureLargeStore(stage, seconds);
  stage.say(`\n${figures('one store with 10,000 users', [atRest, steady])}\n${afterKill(killed)}`);
  const { flood, bearable } = await measureManyStores(stage, seconds);
  stage.say(`\n${figures('200 stores with 50 users each', [flood, bearable])}`);
}

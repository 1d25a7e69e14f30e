import { loadavg } from 'node:os';
import { startPerformer } from '../companions.js';
import { readOptions } from '../options.js';
import type { Stage } from '../stage.js';
import { figures } from './report.js';
import type { Order, Report } from './senders.js';
import { type Kind, measureOverload, type Overload } from './window.js';

const limits = {
  /** How long too much is sent. */
  seconds: { usual: 60, from: 5, to: 600 },
  /** How many times what can be stored is sent. */
  times: { usual: 4, from: 2, to: 10 },
};

/** Postgres is so slow that the senders can offer several times what it stores, on the machine they share with it. */
const kinds: readonly Kind[] = [
  { name: 'alerts of 0.2 KB', bytes: 200, delayMs: 200 },
  { name: 'alerts of 64 KB', bytes: 65_536, delayMs: 500 },
];

/** Whether more than can be stored is refused before it fills the API's memory, and what was accepted is there. */
export function overload(argv: readonly string[]): (stage: Stage) => Promise<void> {
  const { seconds, times } = readOptions('npm run bench -- overload', limits, argv);
  return async (stage) => {
    const senders = startPerformer<Order, Report>('overload/senders');
    stage.closing.add(senders.stop);
    const windows: Overload[] = [];
    for (const kind of kinds) {
      windows.push(await measureOverload(stage, senders, kind, { seconds, times }));
      stage.say(`${kind.name}: measured; load average ${loadavg()[0]?.toFixed(1)}`);
    }
    stage.say(`\n${figures(windows)}`);
  };
}

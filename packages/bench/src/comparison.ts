import { cpus } from 'node:os';
import { readOptions } from './options.js';
import { medians, memoryTable, ratios } from './report.js';
import { type Run, runRound, weighBoth } from './rounds.js';
import type { Stage } from './stage.js';
import type { Round } from './windows.js';

const limits = {
  /** How often each side is measured; medians are reported. */
  rounds: { usual: 3, from: 1, to: 20 },
  /** Length of each measured window. */
  seconds: { usual: 8, from: 2, to: 120 },
  /** Users per store: how many deliveries one event owes. */
  users: { usual: 1, from: 1, to: 100 },
};

/** Ours against the naive baseline, round by round. */
export function comparison(argv: readonly string[]): (stage: Stage) => Promise<void> {
  const options = readOptions('npm run bench --', limits, argv);
  return (stage) => compare({ ...stage, options });
}

async function compare(run: Run): Promise<void> {
  const { options, say } = run;
  say(`rounds: ${options.rounds}, seconds: ${options.seconds}, users per store: ${options.users}`);
  const rounds: Round[] = [];
  while (rounds.length < options.rounds) {
    say(`\nround ${rounds.length + 1} of ${options.rounds}`);
    rounds.push(await runRound(run));
  }
  const waiting = await weighBoth(run);
  say(`\nMedians of ${rounds.length}; processes in CPU µs per event, latencies in ms\n${medians(rounds)}`);
  say(`\n${memoryTable(rounds, waiting)}`);
  say(`\n${ratios(rounds, cpus().length)}`);
}

import { loadavg } from 'node:os';
import type { Pool } from 'pg';
import { storeLocations } from '../alert.js';
import { carryThrough } from '../carry-through.js';
import { measure } from '../cell.js';
import { readOptions } from '../options.js';
import { seedStores } from '../rows.js';
import type { RunningSide } from '../running-side.js';
import { ours } from '../side.js';
import { onFreshSide, type Stage } from '../stage.js';
import { figures, grown, judge } from './report.js';
import { sampling } from './sampling.js';

const limits = {
  /** In less than five, what is compared is still warming up. */
  minutes: { usual: 10, from: 5, to: 24 * 60 },
  /** Of what is delivered at most, so much is sent. Unit: percent. */
  load: { usual: 70, from: 10, to: 95 },
};
const locations = storeLocations(20);
const capacitySeconds = 10;

/** Whether anything grows while we work for a long time; ends with an error when something does. */
export function soak(argv: readonly string[]): (stage: Stage) => Promise<void> {
  const { minutes, load } = readOptions('npm run bench -- soak', limits, argv);
  const seed = (db: Pool) => seedStores(db, locations, 1);
  return (stage) =>
    onFreshSide(stage, { side: ours, seed }, (running) => run(stage, running, minutes * 60, load / 100));
}

async function run(stage: Stage, running: RunningSide, seconds: number, share: number): Promise<void> {
  const instruments = { load: stage.load, sink: stage.sink, usersPerStore: 1 };
  const sending = { target: running.target, locations };
  const closed = { ...sending, kind: 'closed', senders: 64 } as const;
  // To warm up.
  await measure(running, instruments, { ...closed, seconds: 4 });
  const { eventsPerSecond } = await measure(running, instruments, { ...closed, seconds: capacitySeconds });
  const rate = Math.floor(eventsPerSecond * share);
  stage.say(`${eventsPerSecond.toFixed(0)} alerts/s delivered at most; ${rate}/s for ${seconds} s`);

  const order = { ...sending, kind: 'open', rate, seconds } as const;
  const { result, samples } = await sampling(running, () => carryThrough(running, instruments, order));
  const { report, stats } = result;
  stage.say(
    `${report.sent} sent, ${report.answers['202'] ?? 0} accepted = stored = delivered = logged, ${report.shed} not sent; ` +
      `delivered after p50/p99 ${stats.latency.p50.toFixed(0)}/${stats.latency.p99.toFixed(0)} ms; ` +
      `load average ${loadavg()[0]?.toFixed(1)}`,
  );
  const judged = judge(samples);
  stage.say(`\n${figures(judged)}`);
  const growing = grown(judged);
  if (growing.length > 0) throw new Error(`Not flat: ${growing.join(', ')}.`);
  stage.say('\nflat');
}

import { readOptions } from '../options.js';
import { ours } from '../side.js';
import { onFreshSide, type Stage } from '../stage.js';
import { onOurSystem } from './our-system.js';
import { onPlainSystem } from './plain-system.js';
import { type Recovery, recover } from './recovery.js';
import { figures, type Pair, ratios, recovered, windowLine } from './report.js';
import { type Receivers, startReceivers } from './running-receivers.js';
import type { System } from './system.js';
import { type Load, measureWindow } from './window.js';

const limits = {
  /** How often our side is measured, each time from the start. */
  rounds: { usual: 2, from: 1, to: 10 },
  /** Length of each window. */
  seconds: { usual: 20, from: 2, to: 120 },
  /** Messages per second to all healthy receivers together. */
  rate: { usual: 200, from: 10, to: 2_000 },
};
/** Deliveries each of the bad ones holds. */
const floodEach = 2_000;
/** Node compiles its hot code in the course of some thousand requests. */
const warmUp: Load = { perSecond: 400, seconds: 5 };

/** What every measurement here needs. */
interface Setting {
  stage: Stage;
  receivers: Receivers;
  load: Load;
}

/** Whether receivers that hang, refuse or are throttled slow the others: with us, and with plain BullMQ. */
export function isolation(argv: readonly string[]): (stage: Stage) => Promise<void> {
  const { rounds, seconds, rate } = readOptions('npm run bench -- isolation', limits, argv);
  const load = { perSecond: rate, seconds };
  return async (stage) => run({ stage, load, receivers: await startReceivers(stage) }, rounds);
}

async function run(setting: Setting, rounds: number): Promise<void> {
  const { say } = setting.stage;
  const rest: Pair[] = [];
  while (rest.length < rounds - 1) rest.push(await measureOurs(setting, measurePair));
  const plain = await onPlainSystem(setting.stage, setting.receivers.url, (system) =>
    measurePair(system, setting),
  );
  const { recovery, ...last } = await measureOurs(setting, measureWithRecovery);
  const pairs = [...rest, last];
  say(`\n${figures('ours', pairs)}\n${recovered(recovery)}`);
  say(`\n${figures('plain BullMQ', [plain])}`);
  say(`\n${ratios(pairs)}`);
}

function measureOurs<Result>(
  setting: Setting,
  measure: (system: System, setting: Setting) => Promise<Result>,
): Promise<Result> {
  const { stage, receivers } = setting;
  const seed = () => Promise.resolve();
  return onFreshSide(stage, { side: ours, seed }, (running) =>
    onOurSystem(running, receivers.url, (system) => measure(system, setting)),
  );
}

async function measureWithRecovery(system: System, setting: Setting): Promise<Pair & { recovery: Recovery }> {
  const pair = await measurePair(system, setting);
  return { ...pair, recovery: await recover(setting.receivers, floodEach) };
}

async function measurePair(system: System, { stage, receivers, load }: Setting): Promise<Pair> {
  await measureWindow(system, receivers, warmUp);
  const without = await measureWindow(system, receivers, load);
  stage.say(windowLine(`${system.name}, without`, without));
  const withBad = await measureWindow(system, receivers, load, floodEach);
  stage.say(windowLine(`${system.name}, with`, withBad));
  return { without, withBad };
}

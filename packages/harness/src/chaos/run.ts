import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.js';
import { isInOrder, type Strike, strike } from './faults.js';
import { owedNow, readLedger } from './ledger.js';
import { randomFrom } from './random.js';
import { type Plan, type PlannedFault, schedule } from './schedule.js';
import { type Sender, startSender } from './sending.js';
import { makeSignal } from './signals.js';
import { type Stage, setStage } from './stage.js';
import { type Evidence, findViolations, type Violation } from './verdict.js';

/** A run of chaos. */
export interface ChaosPlan extends Plan {
  /** Signals per second. */
  rate: number;
  /** How long everything may take to arrive once the faults are over. Unit: ms. */
  drainMs: number;
}

/** What came of it. */
export interface ChaosResult extends Evidence {
  plan: ChaosPlan;
  /** Unix ms. */
  startedAt: number;
  healthy: ReadonlySet<string>;
  /** From the end of load and faults until all that is owed had ended. Unit: ms. */
  drainedInMs: number;
  violations: Violation[];
}

/** Brings up a system, treats it badly as planned while many send to it, and judges what came of it. */
export async function runChaos(
  plan: ChaosPlan,
  onFault: (fault: PlannedFault) => void,
  keep: (folder: string, result: ChaosResult) => Promise<void>,
): Promise<ChaosResult> {
  const random = randomFrom(plan.seed);
  const stage = await setStage(random);
  try {
    const startedAt = Date.now();
    const sender = startSender(stage.system.apiUrls);
    const [strikes] = await Promise.all([
      strikeAll(schedule(plan), stage, onFault),
      load(plan, stage, sender, startedAt),
    ]);
    const drained = await drain(plan, stage, sender);
    const { sendings } = sender;
    const complaints = [...drained.complaints, ...(await stopAll(stage)), ...complaintsOf(strikes)];
    const ledger = await readLedger(stage.system.databaseUrl);
    const faults = strikes.map(({ struck }) => struck);
    const evidence = { sendings, ledger, receipts: stage.receivers.receipts, faults };
    const violations = [...complaints.map(misbehaved), ...findViolations(evidence)];
    const { healthy } = stage;
    const { inMs: drainedInMs } = drained;
    const result = { ...evidence, plan, startedAt, healthy, drainedInMs, violations };
    await keep(stage.system.folder, result);
    return result;
  } finally {
    await stage.close();
  }
}

async function strikeAll(faults: PlannedFault[], stage: Stage, onFault: (fault: PlannedFault) => void) {
  const started = performance.now();
  const before = new Map<string, Promise<unknown>>();
  const strikes = faults.map((fault) => {
    const earlier = before.get(fault.on);
    const done = (async () => {
      await sleep(Math.max(0, started + fault.atMs - performance.now()));
      // What was to be over by now may take longer: a process that is asked to stop finishes its work first.
      await earlier;
      onFault(fault);
      return strike(fault, stage);
    })();
    before.set(fault.on, done);
    return done;
  });
  return Promise.all(strikes);
}

async function load({ seed, rate, durationMs }: ChaosPlan, stage: Stage, sender: Sender, startedAt: number) {
  const random = randomFrom(seed + 1);
  const run = `${seed}-${startedAt}`;
  const started = performance.now();
  for (let n = 0; n < (rate * durationMs) / 1_000; n += 1) {
    await sleep(Math.max(0, started + (n * 1_000) / rate - performance.now()));
    sender.send(makeSignal(n, run, random, stage.audience));
  }
}

/** Senders are patient for so long after the last fault. Unit: ms. */
const senderPatienceMs = 60_000;

async function drain({ drainMs }: ChaosPlan, { receivers, system }: Stage, sender: Sender) {
  const started = performance.now();
  receivers.calm();
  const allSent = eventually(() => sender.open() === 0, { timeoutMs: senderPatienceMs });
  const complaints = await failure('senders still wait for their 2xx', allSent);
  await sender.stop();
  const noneOwed = eventually(async () => (await owedNow(system.databaseUrl)) === 0, {
    timeoutMs: drainMs,
    everyMs: 200,
  });
  complaints.push(...(await failure('not everything arrived', noneOwed)));
  return { complaints, inMs: performance.now() - started };
}

async function failure(what: string, work: Promise<unknown>): Promise<string[]> {
  return work.then(
    () => [],
    (error: unknown) => [`${what}: ${(error as Error).message}`],
  );
}

/** In order, so that nothing is under way any more when all is counted. */
async function stopAll({ system }: Stage): Promise<string[]> {
  const apps = [...system.apis, ...system.workers];
  const crashed = apps.filter((app) => app.hasEnded()).map(({ name }) => `${name} ended by itself`);
  const endings = await Promise.all(apps.map(async (app) => ({ name: app.name, how: await app.stop() })));
  const badly = endings.filter(({ how }) => !isInOrder(how));
  return [
    ...crashed,
    ...badly.map(({ name, how }) => `${name} was asked to stop and ended with ${how}`),
    ...apps.flatMap(({ name, output }) => bugsIn(output()).map((line) => `${name} wrote ${line}`)),
  ];
}

/** What is only ever written because of a bug of ours. */
const bugs = /"msg":"(process\.crashed|delivery\.bug)"/;

function bugsIn(output: string): string[] {
  return output.split('\n').filter((line) => bugs.test(line));
}

function complaintsOf(strikes: Strike[]): string[] {
  return strikes.flatMap(({ struck, complaint }) =>
    complaint === null ? [] : [`fault ${struck.number}: ${complaint}`],
  );
}

const misbehaved = (detail: string): Violation => ({ rule: 'a process misbehaved', id: '-', detail });

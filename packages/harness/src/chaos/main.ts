import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endAllUnder } from '../leftovers.js';
import { rootDir } from '../paths.js';
import { type ChaosOptions, readOptions, UsageError } from './options.js';
import { report } from './report.js';
import { type ChaosResult, runChaos } from './run.js';

const parent = process.env.TEST_DATA_DIR ?? join(rootDir, '.data');
/** Holds everything of this run, so that it can be ended in the middle. */
const folder = join(parent, `chaos-run-${process.pid}`);
const say = (text: string) => void process.stdout.write(`${text}\n`);

/** `npm run chaos`: ends with 1 when a promise was broken. */
async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv, randomInt(2 ** 32));
  process.env.TEST_DATA_DIR = folder;
  say(`seed ${options.seed}, ${options.minutes} min; again: ${again(options)}`);
  const plan = {
    ...options,
    kinds: options.faults,
    durationMs: options.minutes * 60_000,
    everyMs: 4_000,
    rate: 40,
    drainMs: 120_000,
  };
  const result = await runChaos(plan, ({ kind, on }) => say(`  ${kind} on ${on}`), keepIfBroken);
  say(report(result));
  return result.violations.length > 0 ? 1 : 0;
}

function again({ seed, minutes, faults }: ChaosOptions): string {
  return `npm run chaos -- --seed ${seed} --minutes ${minutes} --faults ${faults.join(',')}`;
}

/** The logs of all processes and all that was compared, for whoever looks for the cause. */
async function keepIfBroken(logs: string, result: ChaosResult): Promise<void> {
  if (result.violations.length === 0) return;
  const kept = join(parent, `chaos-${result.plan.seed}`);
  await mkdir(kept, { recursive: true });
  await cp(logs, kept, { recursive: true, filter: (file) => file === logs || file.endsWith('.log') });
  const evidence = { ...result, ledger: [...result.ledger], healthy: [...result.healthy] };
  await writeFile(join(kept, 'evidence.json'), JSON.stringify(evidence));
  say(`The logs, and evidence.json with all that was compared, are in ${kept}.`);
}

async function cleanUp(): Promise<void> {
  if (existsSync(folder)) await endAllUnder(folder);
  await rm(folder, { recursive: true, force: true });
}

async function interrupt(status: number): Promise<void> {
  await cleanUp();
  process.exit(status);
}

process.on('SIGINT', () => void interrupt(130));
process.on('SIGTERM', () => void interrupt(143));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : (error as Error).stack}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
} finally {
  await cleanUp();
}

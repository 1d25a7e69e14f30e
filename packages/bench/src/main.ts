import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { endAllUnder } from '@signalbox/harness/leftovers';
import { closing } from './closing.js';
import { startLoadGenerator, startSink } from './companions.js';
import { UsageError } from './options.js';
import { chosen } from './scenarios.js';
import type { Stage } from './stage.js';

const toClose = closing();
const directory = resolve(process.env.SIGNALBOX_DATA_DIR ?? '.data', `bench-${process.pid}`);

async function main(argv: readonly string[]): Promise<void> {
  const run = chosen(argv);
  if (!existsSync('/proc/self/stat'))
    throw new UsageError('The bench reads CPU times from /proc: run it on Linux.');
  await mkdir(directory, { recursive: true });
  const stage = await setStage();
  stage.say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}`);
  await run(stage);
}

async function setStage(): Promise<Stage> {
  const sink = await startSink();
  toClose.add(sink.stop);
  const load = startLoadGenerator();
  toClose.add(load.stop);
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  return { sink, load, directory, closing: toClose, say };
}

let interrupted = false;

async function interrupt(status: number): Promise<void> {
  if (interrupted) return;
  interrupted = true;
  await toClose.closeAll();
  // Whatever was just being started is closed as soon as it stands, and fails whoever started it.
  await finished;
  await cleanUp();
  process.exit(status);
}

async function cleanUp(): Promise<void> {
  await toClose.closeAll();
  await endAllUnder(directory);
  await rm(directory, { recursive: true, force: true });
}

async function fail(error: unknown): Promise<void> {
  // What breaks while everything is being stopped is no news.
  if (interrupted) return;
  await toClose.closeAll();
  const isUsage = error instanceof UsageError;
  const where = existsSync(directory) ? `\nThe logs are in ${directory}.` : '';
  process.stderr.write(
    isUsage ? `${error.message}\n` : `${(error as Error).stack ?? String(error)}${where}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}

process.on('SIGINT', () => void interrupt(130));
process.on('SIGTERM', () => void interrupt(143));
const finished = main(process.argv.slice(2)).then(cleanUp, fail);
await finished;

import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { endAllUnder } from '@signalbox/harness/leftovers';
import { closing } from './closing.js';
import { startLoadGenerator, startSink } from './companions.js';
import { type Options, readOptions, UsageError } from './options.js';
import { cellLine, medians, memoryTable, ratios } from './report.js';
import { type Run, runRound, weighBoth } from './rounds.js';
import type { Round } from './windows.js';

const toClose = closing();
const directory = resolve(process.env.SIGNALBOX_DATA_DIR ?? '.data', `bench-${process.pid}`);

async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (!existsSync('/proc/self/stat'))
    throw new UsageError('The bench reads CPU times from /proc: run it on Linux.');
  await mkdir(directory, { recursive: true });
  const run = await prepare(options);
  say(heading(options));
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

async function prepare(options: Options): Promise<Run> {
  const sink = await startSink();
  toClose.add(sink.stop);
  const load = startLoadGenerator();
  toClose.add(load.stop);
  return {
    options,
    sink,
    load,
    directory,
    closing: toClose,
    onCell: (window, cell) => say(cellLine(window, cell)),
  };
}

function heading({ rounds, seconds, users }: Options): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.versions.node}`;
  return `${machine}; rounds: ${rounds}, seconds: ${seconds}, users per store: ${users}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
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

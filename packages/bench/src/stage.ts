import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Closing } from './closing.js';
import type { LoadGenerator, Sink } from './companions.js';
import { type RunningSide, type Surroundings, startSide } from './running-side.js';
import type { Side } from './side.js';

/** What every scenario is given. */
export interface Stage {
  load: LoadGenerator;
  sink: Sink;
  /** For the data of servers and for logs. An absolute path. */
  directory: string;
  closing: Closing;
  /** Writes lines to the terminal. */
  say: (text: string) => void;
}

/** A side that is to be started. */
export interface FreshSide extends Pick<Surroundings, 'seed' | 'between'> {
  side: Side;
  /** true unless told */
  withWorker?: boolean;
}

/** Starts a side with nothing on record, lets `use` have it, and stops it. */
export async function onFreshSide<Result>(
  { directory, closing, sink }: Stage,
  { side, withWorker, ...filling }: FreshSide,
  use: (running: RunningSide) => Promise<Result>,
): Promise<Result> {
  const home = join(directory, side.name);
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const running = await startSide(
    side,
    { directory: home, closing, sinkUrl: sink.url, ...filling },
    withWorker,
  );
  try {
    return await use(running);
  } finally {
    await running.stop();
  }
}

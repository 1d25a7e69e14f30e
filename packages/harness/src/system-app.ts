import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { noteApp } from './leftovers.js';
import { type Child, signalProcess, startChild } from './processes.js';
import { untilReady } from './readiness.js';

/** An API or a worker: a real process, to be treated badly. */
export interface App {
  readonly name: string;
  readonly pid: () => number;
  readonly hasEnded: () => boolean;
  /** all it logged, over its restarts: JSON lines */
  readonly output: () => string;
  /** SIGKILL */
  readonly kill: () => Promise<void>;
  /** SIGTERM, and waits until it has ended; gives how: `exit code 0` */
  readonly stop: () => Promise<string>;
  /** it stands still, its connections stay, until `resume` */
  readonly pause: () => void;
  readonly resume: () => void;
  /** stops it when it runs, and starts it anew; an API is waited for until it answers */
  readonly restart: () => Promise<void>;
}

/** How to start one. */
export interface AppSpec {
  kind: 'api' | 'worker';
  /** how it is told from its like: `worker-2` */
  name: string;
  env: NodeJS.ProcessEnv;
  /** the checkout whose build is run */
  root: string;
  logFile: string;
  /** seen to hold before it counts as started */
  isReady?: () => Promise<boolean>;
}

/**
 * Starts an API or a worker from what was built.
 * @throws an Error with the end of its log when it does not come up
 */
export async function startApp(spec: AppSpec): Promise<App> {
  let child = await launch(spec);
  return {
    name: spec.name,
    pid: () => child.pid,
    hasEnded: () => child.hasEnded(),
    output: () => readFileSync(spec.logFile, 'utf8'),
    kill: () => child.kill(),
    stop: async () => {
      await child.stop();
      return child.ended;
    },
    pause: () => signalProcess(child.pid, 'SIGSTOP'),
    resume: () => signalProcess(child.pid, 'SIGCONT'),
    restart: async () => {
      await child.stop();
      child = await launch(spec);
    },
  };
}

async function launch({ kind, name, env, root, logFile, isReady }: AppSpec): Promise<Child> {
  const child = await startChild({
    name,
    command: process.execPath,
    args: [join(root, 'apps', kind, 'dist/main.js')],
    env,
    output: { file: logFile },
    ipc: true,
  });
  await noteApp(dirname(logFile), name, child.pid);
  if (isReady !== undefined) await untilReady(child, isReady, 30_000);
  return child;
}

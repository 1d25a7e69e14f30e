import type { Child } from './processes.js';

/** In which order things stop: who makes work first, what the others stand on last. */
const stages = ['apps', 'receiver', 'servers'] as const;
export type Stage = (typeof stages)[number];

/** Why it is over: somebody asked us to, or a child ended by itself. */
export type Ending = { asked: true } | { asked: false; child: Child; how: string };

/** Everything we started, and the one end they all share. */
export interface Supervisor {
  /** aborted as soon as the end has begun */
  readonly signal: AbortSignal;
  /** settles when the end begins; never rejects */
  readonly ending: Promise<Ending>;
  /** makes a child part of this: its end is ours, and ours is its */
  readonly watch: (stage: Stage, child: Child) => void;
  /** stops what is watched, stage by stage */
  readonly stopAll: () => Promise<void>;
}

/** Terminals, npm and the script above us may each pass on one and the same Ctrl-C. */
const echoMs = 1_000;

/**
 * Begins the end on SIGINT, SIGTERM, SIGHUP, on the death of the process that started us over IPC, and when a watched
 * child ends by itself. A second SIGINT ends the apps at once.
 */
export function supervise(): Supervisor {
  const children: { stage: Stage; child: Child }[] = [];
  const over = new AbortController();
  let begin: (ending: Ending) => void = () => undefined;
  const ending = new Promise<Ending>((resolve) => {
    begin = (how) => {
      over.abort(new Error('it is being stopped'));
      resolve(how);
    };
  });
  const of = (stage: Stage) => children.filter((entry) => entry.stage === stage).map(({ child }) => child);
  onRequest(
    () => begin({ asked: true }),
    () => {
      for (const child of of('apps')) void child.kill();
    },
  );
  return {
    signal: over.signal,
    ending,
    watch: (stage, child) => {
      children.push({ stage, child });
      void child.ended.then((how) => begin({ asked: false, child, how }));
    },
    stopAll: async () => {
      for (const stage of stages) await Promise.all(of(stage).map((child) => child.stop()));
    },
  };
}

function onRequest(end: () => void, hurry: () => void): void {
  let first: number | undefined;
  const request = (signal: NodeJS.Signals | 'disconnect') => {
    first ??= performance.now();
    if (signal === 'SIGINT' && performance.now() - first > echoMs) hurry();
    end();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
  process.on('disconnect', () => request('disconnect'));
  // It may have died while we were loading.
  if (process.send !== undefined && !process.connected) request('disconnect');
}

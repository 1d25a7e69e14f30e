import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { App } from '../system-app.js';
import { canRepeat, type FaultName } from './fault-kinds.js';
import type { Link } from './proxy.js';
import type { PlannedFault } from './schedule.js';
import { type Stage, setReadOnly } from './stage.js';
import type { Struck } from './verdict.js';

/** What came of a fault; `complaint`: what a process did that it must not do even then. */
export interface Strike {
  struck: Struck;
  complaint: string | null;
}

/** Does a fault to the system and undoes it after its time. */
export async function strike(fault: PlannedFault, stage: Stage): Promise<Strike> {
  const { number, kind, on } = fault;
  const from = Date.now();
  const complaint = await actions[kind](fault, stage).then(
    () => null,
    (error: unknown) => String(error),
  );
  const struck = { number, kind, on, from, until: Date.now(), repeats: canRepeat(kind, on) };
  return { struck, complaint };
}

/** Rejects with the complaint, if there is one. */
type Action = (fault: PlannedFault, stage: Stage) => Promise<void>;

const killApp: Action = async ({ on, lastsMs }, stage) => {
  const app = appOf(on, stage);
  await app.kill();
  await sleep(lastsMs);
  await app.restart();
};

const restartApp: Action = async ({ on }, stage) => {
  const app = appOf(on, stage);
  const ending = await app.stop();
  await app.restart();
  if (!isInOrder(ending)) throw new Error(`${on} was asked to stop and ended with ${ending}`);
};

/** Whether a process that was asked to stop did so. One that has hardly started does not know how, and has nothing to finish. */
export function isInOrder(ending: string): boolean {
  return ending === 'exit code 0' || ending === 'SIGTERM';
}

const pauseApp: Action = async ({ on, lastsMs }, stage) => {
  const app = appOf(on, stage);
  app.pause();
  await sleep(lastsMs);
  app.resume();
};

/** @param meanwhile what happens to its data while it is away */
const killRedis =
  (meanwhile: (stage: Stage) => Promise<void>): Action =>
  async ({ lastsMs }, stage) => {
    await stage.system.redis.kill();
    await meanwhile(stage);
    await sleep(lastsMs);
    await stage.system.redis.restart();
  };

/** @param how what is done to the link, and what undoes it */
const onLink =
  (how: (link: Link) => void): Action =>
  async ({ on, lastsMs }, stage) => {
    const link = linkOf(on, stage);
    how(link);
    await sleep(lastsMs);
    link.set('open');
    link.delay(0);
  };

const cut = onLink((link) => link.set('cut'));
const silent = onLink((link) => link.set('silent'));
const halfOpen = onLink((link) => link.forget());

/** Each way. Unit: ms. */
const slowMs = 60;
/** What Redis writes down in about a second under this load. */
const lostTailBytes = 100_000;

const actions: Record<FaultName, Action> = {
  'worker-kill': killApp,
  'worker-restart': restartApp,
  'worker-pause': pauseApp,
  'worker-long-pause': pauseApp,
  'api-kill': killApp,
  'api-restart': restartApp,
  'api-pause': pauseApp,
  'redis-kill': killRedis(() => Promise.resolve()),
  'redis-lost': killRedis(({ system }) => system.redis.loseData()),
  'redis-tail-lost': killRedis(({ system }) => system.redis.loseTail(lostTailBytes)),
  'redis-emptied': (_fault, { system }) => system.redis.flush(),
  'redis-full': async ({ lastsMs }, { system }) => {
    await setMemory(system.redis.url, '1');
    await sleep(lastsMs);
    await setMemory(system.redis.url, '0');
  },
  'redis-pause': async ({ lastsMs }, { system }) => {
    system.redis.pause();
    await sleep(lastsMs);
    system.redis.resume();
  },
  'postgres-kill': async ({ lastsMs }, { system }) => {
    await system.postgres.kill();
    await sleep(lastsMs);
    await system.postgres.start();
  },
  'postgres-read-only': async ({ lastsMs }, { system }) => {
    await setReadOnly(system.databaseUrl, true);
    await sleep(lastsMs);
    await setReadOnly(system.databaseUrl, false);
  },
  'redis-cut': cut,
  'redis-silent': silent,
  'redis-half-open': halfOpen,
  'postgres-cut': cut,
  'postgres-silent': silent,
  'postgres-half-open': halfOpen,
  'postgres-slow': onLink((link) => link.delay(slowMs)),
};

function appOf(name: string, { system }: Stage): App {
  const app = [...system.apis, ...system.workers].find((one) => one.name === name);
  if (!app) throw new Error(`there is no ${name}`);
  return app;
}

function linkOf(name: string, { links }: Stage): Link {
  const link = links.get(name);
  if (!link) throw new Error(`there is no link ${name}`);
  return link;
}

/** The most memory Redis may use, in bytes; 0: there is no limit. */
async function setMemory(url: string, bytes: string): Promise<void> {
  const redis = new Redis(url);
  await redis.config('SET', 'maxmemory', bytes);
  redis.disconnect();
}

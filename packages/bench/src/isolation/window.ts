import { eventually } from '@signalbox/harness/eventually';
import { cpuBetween, readCpu } from '../cpu.js';
import { flood, sendToHealthy } from './load.js';
import type { Seen } from './receivers.js';
import type { Receivers } from './running-receivers.js';
import type { Moves, System } from './system.js';
import type { BadOne } from './targets.js';

/** How the healthy receivers are sent to. */
export interface Load {
  perSecond: number;
  seconds: number;
}

/** What came of one window of load on the healthy receivers. */
export interface Window extends Seen {
  /** For the healthy ones, and of them delivered when the last was sent. */
  accepted: number;
  meanwhile: number;
  /** How many were accepted for each of the bad ones before, and how long that took. Unit: ms. */
  floodEach: number;
  floodMs: number;
  /** How the deliveries of the bad ones fared; absent where nothing is put aside. */
  moves?: Record<BadOne, Moves>;
  /** Cores kept busy, flood included: by process, and by whoever has no part in this. */
  cores: Record<string, number>;
  foreignCores: number;
}

/**
 * Measures one window: `floodEach` deliveries for each of the bad ones, then load on the healthy ones.
 * @throws when what was accepted for healthy receivers does not arrive, unless the bad ones may be in its way
 */
export async function measureWindow(
  system: System,
  receivers: Receivers,
  { perSecond, seconds }: Load,
  floodEach = 0,
): Promise<Window> {
  await receivers.takeNotes();
  const before = await readCpu(system.trees);
  await flood(system.send, floodEach);
  const floodMs = performance.now() - before.at;
  const accepted = await sendToHealthy(system.send, perSecond, seconds);
  const meanwhile = (await receivers.look()).healthy.distinct;
  const moves = await system.countMoves?.();
  const after = await readCpu(system.trees);
  if (system.isIsolating || floodEach === 0) await untilArrived(receivers, accepted);
  const { trees, foreignCores } = cpuBetween(before, after);
  const coresOf = (ms: number) => ms / (after.at - before.at);
  const cores = Object.fromEntries(Object.entries(trees).map(([name, ms]) => [name, coresOf(ms)]));
  const seen = await receivers.look();
  return { ...seen, accepted, meanwhile, floodEach, floodMs, ...(moves && { moves }), cores, foreignCores };
}

async function untilArrived(receivers: Receivers, accepted: number): Promise<void> {
  await eventually(
    async () => {
      const { distinct } = (await receivers.look()).healthy;
      if (distinct !== accepted)
        throw new Error(`of ${accepted} accepted for the healthy, ${distinct} arrived`);
    },
    { timeoutMs: 30_000 },
  );
}

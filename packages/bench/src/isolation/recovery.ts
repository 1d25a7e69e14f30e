import { setTimeout as sleep } from 'node:timers/promises';
import type { Receivers } from './running-receivers.js';

/** How the deliveries of a receiver fared that hung and answers now. */
export interface Recovery {
  /** How many waited when it began to answer. */
  waited: number;
  served: number;
  /** From then until half of them were served, and until all were or we waited no longer. Unit: ms. */
  halfMs: number;
  ms: number;
}

const patienceMs = 45_000;
const everyMs = 200;

/** Lets the one that hangs answer, and waits until it has got what waited for it, but no longer than 45 s. */
export async function recover(receivers: Receivers, waited: number): Promise<Recovery> {
  await receivers.heal();
  const started = performance.now();
  let halfMs = Number.NaN;
  for (;;) {
    const { served } = (await receivers.look()).bad.hang;
    const ms = performance.now() - started;
    if (Number.isNaN(halfMs) && served >= waited / 2) halfMs = ms;
    if (served >= waited || ms > patienceMs) return { waited, served, halfMs, ms };
    await sleep(everyMs);
  }
}

import { type FaultKind, type FaultName, faultKinds } from './fault-kinds.js';
import { type Random, randomFrom } from './random.js';

/** What is to go wrong, and when. */
export interface PlannedFault {
  /** 1, 2, … in the order they begin. */
  number: number;
  kind: FaultName;
  on: string;
  /** From the beginning of the load. Unit: ms. */
  atMs: number;
  lastsMs: number;
}

/** What a run is made of. */
export interface Plan {
  seed: number;
  /** How long the load lasts; every fault has ended by then. Unit: ms. */
  durationMs: number;
  /** From one fault to the next, on average. Unit: ms. */
  everyMs: number;
  kinds: readonly FaultName[];
}

/**
 * Draws the faults of a run; the same plan gives the same faults. Each kind comes once before any comes again, and no
 * part suffers two at a time; different parts may. A kind that would not end in time is left out.
 */
export function schedule({ seed, durationMs, everyMs, kinds }: Plan): PlannedFault[] {
  const random = randomFrom(seed);
  const freeAt = new Map<string, number>();
  const faults: PlannedFault[] = [];
  let deck: FaultName[] = [];
  for (let atMs = everyMs; atMs < durationMs; atMs += random.between(everyMs / 2, (everyMs * 3) / 2)) {
    if (deck.length === 0) deck = longestFirst(random.shuffled(kinds));
    const fault = draw(random, deck, (on) => (freeAt.get(on) ?? 0) <= atMs, durationMs - atMs);
    if (!fault) continue;
    deck.splice(deck.indexOf(fault.kind), 1);
    freeAt.set(fault.on, atMs + fault.lastsMs + recoveryMs);
    faults.push({ number: faults.length + 1, atMs, ...fault });
  }
  return faults;
}

/** A part that has just come back is left alone for a moment, or nothing would ever work. */
const recoveryMs = 2_000;

/** What takes long has to begin early, or it would never come in a short run. */
function longestFirst(kinds: FaultName[]): FaultName[] {
  const isLong = (kind: FaultName) => faultKinds[kind].lastsMs[0] > 10_000;
  return [...kinds.filter(isLong), ...kinds.filter((kind) => !isLong(kind))];
}

function draw(random: Random, deck: readonly FaultName[], isFree: (on: string) => boolean, leftMs: number) {
  for (const kind of deck) {
    const { places, lastsMs }: FaultKind = faultKinds[kind];
    const free = places.filter(isFree);
    const duration = random.between(...lastsMs);
    if (free.length > 0 && duration <= leftMs) return { kind, on: random.pick(free), lastsMs: duration };
  }
  return null;
}

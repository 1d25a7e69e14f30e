import type { Send } from './load.js';
import type { BadOne } from './targets.js';

/** What deliveries that wait for their turn have gone through. */
export interface Moves {
  waiting: number;
  /** How often one of them was put aside for later, its first time included; at most, and on average. */
  most: number;
  mean: number;
}

/** Something that delivers to receivers, started and told where they are. */
export interface System {
  name: string;
  send: Send;
  /** The pids of its processes. */
  trees: Record<string, number>;
  /** Whether the bad ones must be in nobody's way. */
  isIsolating: boolean;
  /** Where it puts aside what cannot be sent yet. */
  countMoves?: () => Promise<Record<BadOne, Moves>>;
}

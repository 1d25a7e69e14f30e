import type { Cell } from './cell.js';

/** The windows a round measures, in this order, and how the table calls them. */
export const windows = {
  naiveSaturated: 'naive, 64 senders',
  naiveHalf: 'naive, ½ of naive',
  oursSaturated: 'ours, 64 senders',
  oursAtNaiveHalf: 'ours, ½ of naive',
  oursHalf: 'ours, ½ of ours',
} as const;
export type Window = keyof typeof windows;

/** One cell for each window. */
export type Round = Record<Window, Cell>;

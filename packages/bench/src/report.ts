import type { Cell } from './cell.js';
import { median, scatter } from './percentiles.js';
import { short, table } from './table.js';
import type { WaitingCost } from './waiting.js';
import { type Round, type Window, windows } from './windows.js';

const processes = ['api', 'worker', 'redis', 'postgres'] as const;

/** One line for a cell just measured. */
export function cellLine(window: Window, cell: Cell): string {
  const oddities = [
    cell.turnedAway > 0 ? `${cell.turnedAway} turned away` : '',
    cell.shed > 0 ? `${cell.shed} not sent` : '',
    cell.repeated > 0 ? `${cell.repeated} arrived twice` : '',
  ].filter((oddity) => oddity !== '');
  const parts = [
    windows[window].padEnd(18),
    `${short(cell.eventsPerSecond)} events/s`,
    `${short(cpuSum(cell))} µs each`,
    `delivered p50/p99 ${short(cell.delivered.p50)}/${short(cell.delivered.p99)} ms`,
    `foreign ${cell.foreignCores.toFixed(2)}`,
    `${cell.accepted} accepted = stored = delivered = logged`,
    ...oddities,
  ];
  return parts.join('  ');
}

/** The table of medians over all rounds. */
export function medians(rounds: readonly Round[]): string {
  const head = ['', 'events/s', '±%', ...processes, 'sum', 'bench'];
  const tail = ['answer p50', 'p99', 'delivered p50', 'p99', 'foreign'];
  const names = Object.keys(windows) as Window[];
  return table([[...head, ...tail], ...names.map((name) => medianRow(name, rounds))]);
}

function medianRow(window: Window, rounds: readonly Round[]): string[] {
  const cells = rounds.map((round) => round[window]);
  const over = (figure: (cell: Cell) => number) => median(cells.map(figure));
  const rates = cells.map((cell) => cell.eventsPerSecond);
  return [
    windows[window],
    short(median(rates)),
    (scatter(rates) * 100).toFixed(0),
    ...processes.map((name) => short(over((cell) => cell.cpu[name]))),
    short(over(cpuSum)),
    short(over((cell) => cell.cpu.bench)),
    short(over((cell) => cell.answered.p50)),
    short(over((cell) => cell.answered.p99)),
    short(over((cell) => cell.delivered.p50)),
    short(over((cell) => cell.delivered.p99)),
    over((cell) => cell.foreignCores).toFixed(2),
  ];
}

function cpuSum({ cpu }: Cell): number {
  return processes.reduce((sum, name) => sum + cpu[name], 0);
}

/** Resident memory at the end and at its peak, and what a waiting delivery costs Redis. */
export function memoryTable(rounds: readonly Round[], waiting: Record<Cell['side'], WaitingCost>): string {
  const head = [
    '',
    'api MB',
    'peak',
    'worker MB',
    'peak',
    'Redis bytes per waiting delivery',
    'of it claims',
  ];
  const row = (side: Cell['side'], last: Window): string[] => {
    const cells = rounds.map((round) => round[last].memory);
    const megabytes = (name: 'api' | 'worker', when: 'now' | 'peak') =>
      short(median(cells.map((memory) => memory[name][when])) / 1e6);
    return [
      side,
      megabytes('api', 'now'),
      megabytes('api', 'peak'),
      megabytes('worker', 'now'),
      megabytes('worker', 'peak'),
      short(waiting[side].total),
      short(waiting[side].claims),
    ];
  };
  return table([head, row('naive', 'naiveHalf'), row('ours', 'oursHalf')]);
}

/**
 * What it comes to: ours against the baseline, round by round.
 * @param cores of the machine
 */
export function ratios(rounds: readonly Round[], cores: number): string {
  const ratio = (figure: (cell: Cell) => number) =>
    rounds.map(({ oursSaturated, naiveSaturated }) => figure(oursSaturated) / figure(naiveSaturated));
  const perCore = (cell: Cell) => cell.eventsPerSecond / (cores - cell.foreignCores);
  return table([
    ['RATIO ours/naive', 'median', 'rounds'],
    ['sustained rate', ...withRange(ratio((cell) => cell.eventsPerSecond))],
    ['sustained rate per core that others left', ...withRange(ratio(perCore))],
    ['CPU per event', ...withRange(ratio(cpuSum))],
  ]);
}

function withRange(values: readonly number[]): [string, string] {
  const range = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  return [median(values).toFixed(2), range];
}

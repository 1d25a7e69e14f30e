import { median } from '../percentiles.js';
import { short, table } from '../table.js';
import type { Recovery } from './recovery.js';
import { badOnes } from './targets.js';
import type { Window } from './window.js';

/** The same load on the healthy receivers, without and with the bad ones. */
export interface Pair {
  without: Window;
  withBad: Window;
}

/** One line for a window just measured. */
export function windowLine(title: string, { healthy, accepted, meanwhile, foreignCores }: Window): string {
  const { p50, p99, max } = healthy.latency;
  return [
    title.padEnd(21),
    `${meanwhile} of ${accepted} delivered when the last was sent`,
    `p50/p99/max ${short(p50)}/${short(p99)}/${short(max)} ms`,
    `foreign ${foreignCores.toFixed(2)}`,
  ].join('  ');
}

type Figure = (window: Window) => number;

const healthyLines: [string, Figure][] = [
  ['healthy: accepted', ({ accepted }) => accepted],
  ['  delivered when the last was sent', ({ meanwhile }) => meanwhile],
  ['  delivered in the end', ({ healthy }) => healthy.distinct],
  ['  arrived twice', ({ healthy }) => healthy.arrivals - healthy.distinct],
  ['  POST to delivered p50', ({ healthy }) => healthy.latency.p50],
  ['  p99', ({ healthy }) => healthy.latency.p99],
  ['  max', ({ healthy }) => healthy.latency.max],
];

const badLines: [string, Figure][] = [
  ['bad ones: accepted for each', ({ floodEach }) => floodEach],
  ['  in', ({ floodMs, floodEach }) => (floodEach > 0 ? floodMs : Number.NaN)],
  ...badOnes.flatMap((name): [string, Figure][] => [
    [`${name}: attempts`, ({ bad }) => bad[name].attempts],
    ['  open at once, at most', ({ bad }) => bad[name].mostOpen],
    ['  waiting at the end', ({ moves }) => moves?.[name].waiting ?? Number.NaN],
    ['  moves per waiting delivery', ({ moves }) => moves?.[name].mean ?? Number.NaN],
    ['  most moves of one', ({ moves }) => moves?.[name].most ?? Number.NaN],
  ]),
  ['slow: attempts per second', ({ bad }) => bad.slow.perSecond],
  ['  shortest gap between two', ({ bad }) => bad.slow.shortestGap],
  ['  longest', ({ bad }) => bad.slow.longestGap],
];

const coreLines = ['api', 'worker', 'redis', 'postgres'].map((name, index): [string, Figure] => [
  `${index === 0 ? 'cores: ' : '  '}${name}`,
  ({ cores }) => cores[name] ?? Number.NaN,
]);

/** A table with a column for each window; times in ms. */
export function figures(title: string, pairs: readonly Pair[]): string {
  const windows = pairs.flatMap(({ without, withBad }) => [without, withBad]);
  const head = [title, ...pairs.flatMap(() => ['without', 'with'])];
  const lines = [...healthyLines, ...badLines, ...coreLines];
  return table([
    head,
    ...lines.map(([name, figure]) => [name, ...windows.map((window) => shown(figure(window)))]),
  ]);
}

function shown(value: number): string {
  return Number.isInteger(value) ? `${value}` : short(value);
}

/** What became of those who waited for the one that hung. */
export function recovered({ waited, served, halfMs, ms }: Recovery): string {
  const seconds = (duration: number) => (Number.isNaN(duration) ? '–' : `${(duration / 1000).toFixed(1)} s`);
  return (
    `hang answers again: half of ${waited} delivered after ${seconds(halfMs)}, ` +
    `${served} after ${seconds(ms)}; ${waited - served} left`
  );
}

/** What it comes to, held against the goals. */
export function ratios(pairs: readonly Pair[]): string {
  const p99 = pairs.map(({ without, withBad }) => withBad.healthy.latency.p99 / without.healthy.latency.p99);
  const moves = pairs.map(({ withBad }) =>
    Math.max(...badOnes.map((name) => withBad.moves?.[name].mean ?? 0)),
  );
  const row = (name: string, values: readonly number[], goal: string) => [
    name,
    median(values).toFixed(2),
    values.map((value) => value.toFixed(2)).join(', '),
    goal,
  ];
  return table([
    ['RATIO', 'median', 'rounds', 'goal'],
    row('healthy p99, with / without', p99, '≤ 2'),
    row('moves per waiting delivery, of the worst', moves, '≤ 2'),
  ]);
}

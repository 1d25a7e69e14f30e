import type { Cell } from '../cell.js';
import { median } from '../percentiles.js';
import { short, table } from '../table.js';
import type { Killed } from './kill.js';

/** A window in which every alert was owed to many. */
export interface FannedOut extends Cell {
  usersPerStore: number;
  /** How long deliveries were being written. Unit: ms. */
  writingMs: number;
}

/** One way of sending alerts. */
export interface Way {
  name: string;
  /** One window; or one for each alert, where each was awaited to its end. */
  windows: readonly FannedOut[];
}

/** `over`: what stands for the figures of several windows. */
type Line = [name: string, figure: (window: FannedOut) => number, over: (values: number[]) => number];

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
const worst = (values: number[]) => Math.max(...values);

const lines: Line[] = [
  ['alerts accepted', ({ accepted }) => accepted, total],
  ['  per second', (window) => perSecondSent(window.accepted, window), median],
  ['  turned away', ({ turnedAway }) => turnedAway, total],
  ['  not sent, too many being unanswered', ({ shed }) => shed, total],
  ['answer p50', ({ answered }) => answered.p50, median],
  ['  p99', ({ answered }) => answered.p99, worst],
  ['  max', ({ answered }) => answered.max, worst],
  ['deliveries written per second', (window) => (owed(window) * 1000) / window.writingMs, median],
  ['delivered per second, meanwhile', (window) => perSecondSent(window.sending.arrived, window), median],
  ['  all in all', (window) => window.eventsPerSecond * window.usersPerStore, median],
  ['  all in all, in alerts', ({ eventsPerSecond }) => eventsPerSecond, median],
  ['POST to delivered p50', ({ delivered }) => delivered.p50, median],
  ['  p99', ({ delivered }) => delivered.p99, worst],
  ['  max', ({ delivered }) => delivered.max, worst],
  ['last answer to all on record', afterLastAnswer, median],
  ['arrived twice', ({ repeated }) => repeated, total],
  ['cores: api', (window) => cores(window.cpu.api, window), median],
  ['  worker', (window) => cores(window.cpu.worker, window), median],
  ['  redis', (window) => cores(window.cpu.redis, window), median],
  ['  postgres', (window) => cores(window.cpu.postgres, window), median],
  ['  bench', (window) => cores(window.cpu.bench, window), median],
  ['  foreign', ({ foreignCores }) => foreignCores, median],
];

/** What a killed worker cost; that no delivery is missing or doubled was required before. */
export function afterKill(killed: Killed): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return (
    `worker killed when ${killed.rowsThen} of ${killed.rows} deliveries stood: all stood after ${seconds(killed.writingMs)}, ` +
    `all had arrived after ${seconds(killed.arrivedMs)}, all was on record after ${seconds(killed.loggedMs)}; ` +
    `no delivery missing or doubled, ${killed.repeated} notifications arrived twice`
  );
}

/** A table with a column for each way; times in ms. */
export function figures(title: string, ways: readonly Way[]): string {
  const row = ([name, figure, over]: Line) => [
    name,
    ...ways.map(({ windows }) => shown(over(windows.map(figure)))),
  ];
  return table([[title, ...ways.map(({ name }) => name)], ...lines.map(row)]);
}

function shown(value: number): string {
  return Number.isInteger(value) ? `${value}` : short(value);
}

function owed({ accepted, usersPerStore }: FannedOut): number {
  return accepted * usersPerStore;
}

function perSecondSent(count: number, { accepted, sending }: Cell): number {
  // One alert has no rate.
  return accepted > 1 ? (count * 1000) / sending.ms : Number.NaN;
}

function afterLastAnswer({ accepted, eventsPerSecond, sending }: Cell): number {
  return (accepted * 1000) / eventsPerSecond - sending.ms;
}

/** @param cpu µs per alert */
function cores(cpu: number, { eventsPerSecond }: Cell): number {
  return (cpu * eventsPerSecond) / 1e6;
}

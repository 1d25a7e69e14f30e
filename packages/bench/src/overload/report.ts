import { short, table } from '../table.js';
import type { Overload } from './window.js';

type Line = [name: string, figure: (window: Overload) => number];

const perSecond = (count: number, { report }: Overload) => (count * 1000) / report.answeringMs;
const megabytes = (bytes: number) => bytes / 1e6;

const lines: Line[] = [
  ['Postgres late by, ms', ({ kind }) => kind.delayMs],
  ['stored at most, 1/s', ({ capacity }) => capacity],
  ['to be sent, 1/s', ({ rate }) => rate],
  ['  sent, 1/s', ({ report }) => (report.sent * 1000) / report.sendingMs],
  ['  not sent, too many being unanswered', ({ report }) => report.shed],
  ['  sent late by, p99, ms', ({ report }) => report.late.p99],
  ['accepted, 1/s', (window) => perSecond(window.report.accepted.length, window)],
  ['  after p50, ms', ({ report }) => report.acceptedAfter.p50],
  ['  after p99, ms', ({ report }) => report.acceptedAfter.p99],
  ['503, 1/s', (window) => perSecond(refused(window), window)],
  ['  after p50, ms', ({ report }) => report.refusedAfter.p50],
  ['  after p99, ms', ({ report }) => report.refusedAfter.p99],
  ['  without Retry-After', ({ report }) => report.withoutRetryAfter],
  ['no answer', (window) => window.report.sent - window.report.accepted.length - refused(window)],
  ['API resident at first, MB', ({ memory }) => megabytes(memory.start)],
  ['  at most, MB', ({ memory }) => megabytes(memory.max)],
  ['  5 s after the end, MB', ({ memory }) => megabytes(memory.end)],
  ['accepted = stored, each owed once', ({ stored }) => stored],
];

/** A table with a column for each window, and what was answered. */
export function figures(windows: readonly Overload[]): string {
  const head = ['', ...windows.map(({ kind }) => kind.name)];
  const rows = lines.map(([name, figure]) => [name, ...windows.map((window) => shown(figure(window)))]);
  const answers = windows.map(
    ({ kind, report }) =>
      `${kind.name}: ${Object.entries(report.answers)
        .map(([answer, count]) => `${count} × ${answer}`)
        .join(', ')}`,
  );
  return `${table([head, ...rows])}\n${answers.join('\n')}`;
}

function refused({ report }: Overload): number {
  return report.refusedAfter.count;
}

function shown(figure: number): string {
  return Number.isInteger(figure) ? `${figure}` : short(figure);
}

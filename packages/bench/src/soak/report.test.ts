import { figures, grown, judge } from './report.js';
import type { Sample } from './sampling.js';

const size = { bytes: 1_000_000, rows: 1_000, dead: 10 };

function sample(n: number, change: Partial<Sample> = {}): Sample {
  const rows = 1_000 * (n + 1);
  const table = { ...size, rows, bytes: 500 * rows };
  return {
    api: 100e6,
    worker: 150e6,
    apiFiles: 50,
    workerFiles: 60,
    redis: 10e6 + 100 * rows,
    apiLag: 12,
    tables: { signals: table, deliveries: table, attempts: table },
    ...change,
  };
}

const samples = (change: (n: number) => Partial<Sample> = () => ({})) =>
  Array.from({ length: 20 }, (_, n) => sample(n, change(n)));

test('what stays, or grows in step with the rows, is flat', () => {
  const judged = judge(samples());
  expect(grown(judged)).toEqual([]);
  expect(figures(judged)).not.toContain('grows');
});

test('what the beginning or a single sample shows does not count', () => {
  expect(grown(judge(samples((n) => (n < 4 ? { api: 50e6 } : {}))))).toEqual([]);
  expect(grown(judge(samples((n) => (n === 18 ? { api: 900e6 } : {}))))).toEqual([]);
});

test.each<[string, (n: number) => Partial<Sample>]>([
  ['API resident, MB', (n) => ({ api: 100e6 + n * 2e6 })],
  ['worker files and sockets', (n) => ({ workerFiles: 60 + 10 * n })],
  ['Redis, bytes per signal', (n) => ({ redis: 10e6 + 100_000 * n + 10_000 * n * n })],
  [
    'deliveries, bytes per row',
    (n) => {
      const { tables } = sample(n);
      return { tables: { ...tables, deliveries: { ...tables.deliveries, bytes: 500_000 * (n + 1) ** 1.2 } } };
    },
  ],
])('%s: what grows beyond its tolerance is named', (name, change) => {
  const judged = judge(samples(change));
  expect(grown(judged)).toEqual([name]);
  expect(
    figures(judged)
      .split('\n')
      .find((line) => line.startsWith(name)),
  ).toMatch(/grows$/);
});

test('too few samples are not judged', () => {
  expect(() => judge(samples().slice(0, 4))).toThrow('4 samples are too few');
});

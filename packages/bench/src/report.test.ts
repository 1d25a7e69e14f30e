import type { Cell } from './cell.js';
import { cellLine, medians, memoryTable, ratios } from './report.js';
import type { Round } from './windows.js';

const spread = { count: 100, p50: 5, p99: 50, max: 60 };
const memory = { now: 100e6, peak: 200e6 };

function cell(change: Partial<Cell>): Cell {
  return {
    side: 'ours',
    accepted: 1000,
    eventsPerSecond: 500,
    cpu: { api: 100, worker: 100, redis: 20, postgres: 80, bench: 50 },
    foreignCores: 0,
    sending: { ms: 2000, arrived: 990 },
    answered: spread,
    delivered: spread,
    repeated: 0,
    turnedAway: 0,
    shed: 0,
    memory: { api: memory, worker: memory },
    ...change,
  };
}

function round(ours: number, foreignCores = 0): Round {
  const naive = cell({ side: 'naive' });
  const fast = cell({ eventsPerSecond: ours, foreignCores });
  return {
    naiveSaturated: naive,
    naiveHalf: naive,
    oursSaturated: fast,
    oursAtNaiveHalf: fast,
    oursHalf: fast,
  };
}

test('a quiet cell says what was checked; oddities are added', () => {
  const quiet = cellLine('oursSaturated', cell({}));
  expect(quiet).toContain('1000 accepted = stored = delivered = logged');
  expect(quiet).not.toMatch(/turned away|not sent|twice/);
  const odd = cellLine('oursSaturated', cell({ turnedAway: 1, shed: 2, repeated: 3 }));
  expect(odd).toMatch(/1 turned away {2}2 not sent {2}3 arrived twice/);
});

test('the medians of three rounds, a row for each window', () => {
  const [head, ...rows] = medians([round(1000), round(3000), round(2000)]).split('\n');
  expect(head).toContain('events/s');
  expect(rows).toHaveLength(5);
  expect(rows[2]).toMatch(/^ours, 64 senders +2000 +50 +100 +100 +20\.0 +80\.0 +300 +50\.0 /);
});

test('what others took counts against neither side in the ratio per core', () => {
  const lines = ratios([round(2000), round(1000, 1)], 2).split('\n');
  expect(lines[1]).toMatch(/^sustained rate +3\.00 +2\.00 to 4\.00$/);
  expect(lines[2]).toMatch(/^sustained rate per core.* 4\.00 +4\.00 to 4\.00$/);
  expect(lines[3]).toMatch(/^CPU per event +1\.00 /);
});

test('memory in MB, waiting deliveries in bytes', () => {
  const waiting = { naive: { total: 948, claims: 104 }, ours: { total: 400, claims: 200 } };
  expect(memoryTable([round(2000)], waiting)).toMatch(/\nours +100 +200 +100 +200 +400 +200$/);
});

import { figures, type Pair, ratios, recovered, windowLine } from './report.js';
import type { Visits } from './visits.js';
import type { Window } from './window.js';

const unvisited: Visits = {
  attempts: 0,
  served: 0,
  mostOpen: 0,
  perSecond: Number.NaN,
  shortestGap: Number.NaN,
  longestGap: Number.NaN,
};
const still = { waiting: 0, most: 0, mean: Number.NaN };

function window(change: Partial<Window>): Window {
  return {
    healthy: { arrivals: 4000, distinct: 4000, latency: { count: 4000, p50: 5, p99: 20, max: 40 } },
    bad: { hang: unvisited, busy: unvisited, slow: unvisited },
    accepted: 4000,
    meanwhile: 3998,
    floodEach: 0,
    floodMs: 3,
    moves: { hang: still, busy: still, slow: still },
    cores: { api: 0.2, worker: 0.3, redis: 0.1, postgres: 0.4 },
    foreignCores: 0.25,
    ...change,
  };
}

const disturbed = window({
  healthy: { arrivals: 4001, distinct: 4000, latency: { count: 4001, p50: 6, p99: 30, max: 300 } },
  bad: {
    hang: { ...unvisited, attempts: 15, mostOpen: 10 },
    busy: { ...unvisited, attempts: 17, mostOpen: 3 },
    slow: { attempts: 21, served: 21, mostOpen: 1, perSecond: 1, shortestGap: 940, longestGap: 1060 },
  },
  floodEach: 2000,
  floodMs: 2100,
  moves: {
    hang: { waiting: 1990, most: 3, mean: 1.25 },
    busy: { waiting: 2000, most: 2, mean: 1.05 },
    slow: { waiting: 1979, most: 1, mean: 1 },
  },
});
const pair: Pair = { without: window({}), withBad: disturbed };

const lines = (text: string, name: string) => text.split('\n').filter((row) => row.trim().startsWith(name));

test('a window just measured: what arrived in time, how soon, and whether others were at work', () => {
  expect(windowLine('ours, without', pair.without)).toMatch(
    /^ours, without +3998 of 4000 .* 5\.00\/20\.0\/40\.0 ms +foreign 0\.25$/,
  );
});

test('each window has its column', () => {
  const text = figures('ours', [pair, pair]);
  expect(text).toMatch(/^ours +without +with +without +with\n/);
  expect(lines(text, 'p99')[0]).toMatch(/ 20 +30 +20 +30$/);
  expect(lines(text, 'arrived twice')[0]).toMatch(/ 0 +1 +0 +1$/);
  expect(lines(text, 'in ')[0]).toMatch(/ – +2100 +– +2100$/);
});

test('each of the bad ones has its lines', () => {
  const text = figures('ours', [pair]);
  expect(lines(text, 'hang: attempts')[0]).toMatch(/ 0 +15$/);
  expect(lines(text, 'open at once')).toEqual([
    expect.stringMatching(/ 0 +10$/),
    expect.stringMatching(/ 0 +3$/),
    expect.stringMatching(/ 0 +1$/),
  ]);
  expect(lines(text, 'moves per waiting')[0]).toMatch(/ – +1\.25$/);
  expect(lines(text, 'shortest gap')[0]).toMatch(/ – +940$/);
});

test('what is not known of a system is left open', () => {
  const { moves, ...plain } = window({ cores: { worker: 0.02, redis: 0.01 } });
  const text = figures('plain BullMQ', [{ without: plain, withBad: plain }]);
  expect(moves).toBeDefined();
  expect(lines(text, 'moves per waiting')[0]).toMatch(/ – +–$/);
  expect(lines(text, 'worker')[0]).toMatch(/ 0\.02 +0\.02$/);
  expect(lines(text, 'postgres')[0]).toMatch(/ – +–$/);
});

test('the ratios: medians of the rounds, and the receiver that was moved most', () => {
  const worse = {
    ...pair,
    withBad: window({
      ...disturbed,
      healthy: { ...disturbed.healthy, latency: { count: 1, p50: 6, p99: 50, max: 300 } },
    }),
  };
  const text = ratios([pair, worse]);
  expect(lines(text, 'healthy p99')[0]).toMatch(/ 2\.00 +1\.50, 2\.50 +≤ 2$/);
  expect(lines(text, 'moves per')[0]).toMatch(/ 1\.25 +1\.25, 1\.25 +≤ 2$/);
});

test('a recovery: how soon half was there, and what is left', () => {
  expect(recovered({ waited: 2000, served: 2000, halfMs: 1500, ms: 4200 })).toMatch(
    /after 1\.5 s, 2000 after 4\.2 s; 0 left$/,
  );
  expect(recovered({ waited: 2000, served: 700, halfMs: Number.NaN, ms: 60_000 })).toMatch(
    /after –, 700 after 60\.0 s; 1300 left$/,
  );
});

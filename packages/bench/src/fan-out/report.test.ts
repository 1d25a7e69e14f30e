import { afterKill, type FannedOut, figures } from './report.js';

const memory = { now: 100e6, peak: 200e6 };

function fannedOut(change: Partial<FannedOut>): FannedOut {
  return {
    side: 'ours',
    accepted: 1,
    eventsPerSecond: 0.5,
    cpu: { api: 10_000, worker: 800_000, redis: 80_000, postgres: 1_200_000, bench: 300_000 },
    foreignCores: 0.25,
    sending: { ms: 8, arrived: 0 },
    answered: { count: 1, p50: 6, p99: 6, max: 6 },
    delivered: { count: 10_000, p50: 700, p99: 1900, max: 2000 },
    repeated: 0,
    turnedAway: 0,
    shed: 0,
    memory: { api: memory, worker: memory },
    usersPerStore: 10_000,
    writingMs: 1250,
    ...change,
  };
}

const line = (text: string, name: string) => text.split('\n').find((row) => row.trim().startsWith(name));

test('alerts one by one: their number, the usual speed, the slowest answer', () => {
  const slow = fannedOut({ answered: { count: 1, p50: 30, p99: 30, max: 30 }, writingMs: 2000 });
  const windows = [fannedOut({}), slow, fannedOut({})];
  const text = figures('one store', [{ name: 'one by one', windows }]);
  expect(text).toMatch(/^one store +one by one\n/);
  expect(line(text, 'alerts accepted')).toMatch(/ 3$/);
  expect(line(text, 'answer p50')).toMatch(/ 6$/);
  expect(line(text, 'max')).toMatch(/ 30$/);
  expect(line(text, 'deliveries written per second')).toMatch(/ 8000$/);
  expect(line(text, 'all in all')).toMatch(/ 5000$/);
  expect(line(text, 'last answer to all on record')).toMatch(/ 1992$/);
  expect(line(text, 'per second')).toMatch(/ –$/);
});

test('alerts at a rate: what was taken in and what was delivered meanwhile; each window has its column', () => {
  const flood = fannedOut({
    accepted: 4000,
    usersPerStore: 50,
    eventsPerSecond: 100,
    sending: { ms: 10_000, arrived: 30_000 },
    cpu: { api: 1000, worker: 4000, redis: 500, postgres: 8000, bench: 2000 },
    writingMs: 10_000,
    shed: 7,
  });
  const ways = [
    { name: '500/s', windows: [flood] },
    { name: '75/s', windows: [{ ...flood, shed: 0 }] },
  ];
  const text = figures('200 stores', ways);
  expect(line(text, 'per second')).toMatch(/ 400 +400$/);
  expect(line(text, 'not sent')).toMatch(/ 7 +0$/);
  expect(line(text, 'deliveries written per second')).toMatch(/ 20000 +20000$/);
  expect(line(text, 'delivered per second, meanwhile')).toMatch(/ 3000 +3000$/);
  expect(line(text, 'all in all, in alerts')).toMatch(/ 100 +100$/);
  expect(line(text, 'last answer to all on record')).toMatch(/ 30000 +30000$/);
  expect(line(text, 'postgres')).toMatch(/ 0\.80 +0\.80$/);
});

test('after a kill: when everything was whole again, and what was repeated', () => {
  const killed = {
    rowsThen: 5000,
    rows: 10_000,
    writingMs: 6400,
    arrivedMs: 12_000,
    loggedMs: 22_340,
    repeated: 155,
  };
  const text = afterKill(killed);
  expect(text).toMatch(/5000 of 10000 .*6\.4 s.*12\.0 s.*22\.3 s.*155 notifications arrived twice/);
});

import { type FaultName, faultKinds, faultNames } from './fault-kinds.js';
import { schedule } from './schedule.js';

const plan = (seed: number) => ({ seed, durationMs: 180_000, everyMs: 4_000, kinds: faultNames });
const seeds = Array.from({ length: 50 }, (_, seed) => seed * 7_919);

test('the same seed gives the same faults, another one others', () => {
  expect(schedule(plan(7))).toEqual(schedule(plan(7)));
  expect(schedule(plan(7))).not.toEqual(schedule(plan(8)));
});

test('every fault has ended when the load ends, and is as long as its kind is', () => {
  for (const { kind, on, atMs, lastsMs } of seeds.flatMap((seed) => schedule(plan(seed)))) {
    expect(atMs + lastsMs).toBeLessThanOrEqual(180_000);
    const [from, to] = faultKinds[kind].lastsMs;
    expect(lastsMs).toBeGreaterThanOrEqual(from);
    expect(lastsMs).toBeLessThanOrEqual(to);
    expect(faultKinds[kind].places).toContain(on);
  }
});

test('no part suffers two faults at a time', () => {
  for (const seed of seeds) {
    const faults = schedule(plan(seed));
    for (const [index, fault] of faults.entries()) {
      const later = faults.slice(index + 1).filter(({ on }) => on === fault.on);
      for (const { atMs } of later) expect(atMs).toBeGreaterThan(fault.atMs + fault.lastsMs);
    }
  }
});

test('each kind comes before any comes again', () => {
  for (const seed of seeds) {
    const kinds = schedule(plan(seed)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(faultNames));
  }
});

test('only what was asked for comes, and what takes too long does not', () => {
  const kinds: FaultName[] = ['redis-kill', 'worker-long-pause'];
  const faults = schedule({ seed: 1, durationMs: 20_000, everyMs: 2_000, kinds });
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['redis-kill']));
});

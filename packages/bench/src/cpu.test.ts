import { cpuBetween, parseMachine, parseMemory, parseProcess, treeTime } from './cpu.js';

const stat = (name: string) =>
  `4260 (${name}) R 4251 4251 2556 0 -1 4194304 101 0 0 0 7 5 3 1 20 0 1 0 145347 3133440 388`;

test.each(['cat', 'a b', 'odd) R 1 (name'])('a process called %j', (name) => {
  expect(parseProcess(stat(name))).toEqual({ pid: 4260, parent: 4251, cpuMs: 160 });
});

test('a tree is its root and everything below it', () => {
  const processes = [
    { pid: 1, parent: 0, cpuMs: 1000 },
    { pid: 10, parent: 1, cpuMs: 1 },
    { pid: 11, parent: 10, cpuMs: 20 },
    { pid: 12, parent: 11, cpuMs: 300 },
    { pid: 13, parent: 1, cpuMs: 5000 },
  ];
  expect(treeTime(processes, 10)).toBe(321);
  expect(treeTime(processes, 99)).toBe(0);
});

test('the machine is busy with everything but idle and iowait; guest time is already in user time', () => {
  expect(parseMachine('cpu  100 1 20 9999 8888 3 4 5 70 70\ncpu0 1 1 1 1 1 1 1 1 0 0\n')).toBe(1330);
});

test('what is neither in the trees nor below us is foreign', () => {
  const before = { at: 1000, trees: { api: 100, worker: 0 }, own: 300, machine: 5000 };
  const after = { at: 3000, trees: { api: 1100, worker: 500 }, own: 2000, machine: 8000 };
  expect(cpuBetween(before, after)).toEqual({
    trees: { api: 1000, worker: 500 },
    rest: 200,
    foreignCores: 0.65,
  });
});

test('ticks that do not fall together never make foreign load negative', () => {
  const before = { at: 0, trees: { api: 0 }, own: 0, machine: 0 };
  expect(cpuBetween(before, { at: 100, trees: { api: 100 }, own: 100, machine: 90 }).foreignCores).toBe(0);
});

test('resident memory, now and at its peak', () => {
  const status = 'Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nRssAnon:\t   1 kB\n';
  expect(parseMemory(status)).toEqual({ now: 104_857_600, peak: 209_715_200 });
});

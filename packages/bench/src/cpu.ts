import { readdir, readFile } from 'node:fs/promises';

// Linux counts CPU time in ticks of 1/100 s wherever Node runs (USER_HZ), whatever the kernel's own rate.
const msPerTick = 10;

/** One process as `/proc/<pid>/stat` shows it. */
export interface ProcessTimes {
  pid: number;
  parent: number;
  /** User and system time of the process and of the children it has reaped. Unit: ms. */
  cpuMs: number;
}

/** CPU time used so far. Unit: ms. */
export interface CpuReading {
  at: number;
  /** By process tree. */
  trees: Record<string, number>;
  /** Of this process and everything below it, the trees included. */
  own: number;
  /** Of everything that runs on the machine. */
  machine: number;
}

/** CPU time used between two readings. Unit: ms of one core, where no other is named. */
export interface CpuUse {
  trees: Record<string, number>;
  /** What this process and its children used beside the trees. */
  rest: number;
  /** Cores kept busy by processes that are not ours, or taken by the hypervisor. */
  foreignCores: number;
}

/** Reads the CPU time of process trees below this process, each given by the pid of its root. */
export async function readCpu(roots: Record<string, number>): Promise<CpuReading> {
  const processes = await readProcesses();
  const machine = parseMachine(await readFile('/proc/stat', 'utf8'));
  const trees = Object.entries(roots).map(([name, pid]) => [name, treeTime(processes, pid)] as const);
  return {
    at: performance.now(),
    trees: Object.fromEntries(trees),
    own: treeTime(processes, process.pid),
    machine,
  };
}

/** What was used from one reading to a later one of the same trees. */
export function cpuBetween(before: CpuReading, after: CpuReading): CpuUse {
  const used = Object.entries(after.trees).map(
    ([name, ms]) => [name, ms - (before.trees[name] ?? 0)] as const,
  );
  const own = after.own - before.own;
  const foreign = Math.max(0, after.machine - before.machine - own);
  return {
    trees: Object.fromEntries(used),
    rest: used.reduce((left, [, ms]) => left - ms, own),
    foreignCores: foreign / (after.at - before.at),
  };
}

/** Time of a process and everything below it. A reaped child is counted by its parent, so a sum only grows. */
export function treeTime(processes: readonly ProcessTimes[], root: number): number {
  const own = processes.find(({ pid }) => pid === root)?.cpuMs ?? 0;
  const children = processes.filter(({ parent }) => parent === root);
  return children.reduce((sum, child) => sum + treeTime(processes, child.pid), own);
}

async function readProcesses(): Promise<ProcessTimes[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readIfAlive(`/proc/${pid}/stat`)));
  return texts.filter((text) => text !== null).map(parseProcess);
}

async function readIfAlive(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}

/** Reads one `/proc/<pid>/stat`. Source: proc_pid_stat(5). */
export function parseProcess(stat: string): ProcessTimes {
  // The command name stands in brackets and may itself hold brackets and spaces.
  const afterName = stat.lastIndexOf(')') + 2;
  const fields = stat.slice(afterName).split(' ').map(Number);
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0);
  return { pid: Number.parseInt(stat, 10), parent: fields[1] ?? 0, cpuMs: ticks * msPerTick };
}

/** Busy time of all cores, from `/proc/stat`: everything but idle and iowait. Source: proc_stat(5). Unit: ms. */
export function parseMachine(stat: string): number {
  const [, ...fields] = (stat.split('\n')[0] ?? '').split(/\s+/);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.map(Number);
  return (user + nice + system + irq + softirq + steal) * msPerTick;
}

/** What a process holds in memory. Unit: bytes. */
export interface Memory {
  now: number;
  peak: number;
}

/** Resident memory of one process, now and at its highest. */
export async function readMemory(pid: number): Promise<Memory> {
  return parseMemory(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** Reads `VmRSS` and `VmHWM` of `/proc/<pid>/status`. */
export function parseMemory(status: string): Memory {
  return { now: kibibytes(status, 'VmRSS') * 1024, peak: kibibytes(status, 'VmHWM') * 1024 };
}

function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

const apis = ['api-1', 'api-2'] as const;
const workers = ['worker-1', 'worker-2'] as const;
const toRedis = [...apis, ...workers].map((app) => `${app}>redis`);
const toPostgres = [...apis, ...workers].map((app) => `${app}>postgres`);

/** One way of treating a part of the system badly. */
export interface FaultKind {
  /** What it can happen to: a process, a server, or the way from one to the other (`worker-1>redis`). */
  places: readonly string[];
  /** How long it lasts, at least and at most. Unit: ms. */
  lastsMs: readonly [number, number];
  /** Only for runs that take minutes. */
  long?: true;
}

/** Webhooks are leased for 15 s and everything else for less, so a worker that was paused comes too late. Unit: ms. */
const longerThanLeases = [16_000, 18_000] as const;
/** BullMQ takes a job away from a worker that has not been heard of for 30 s. Unit: ms. */
const longerThanLocks = [32_000, 36_000] as const;

/** All that can go wrong, by name. What lasts 0 ms is over as soon as it has been done. */
export const faultKinds = {
  'worker-kill': { places: workers, lastsMs: [200, 3_000] },
  'worker-restart': { places: workers, lastsMs: [0, 0] },
  'worker-pause': { places: workers, lastsMs: longerThanLeases },
  'worker-long-pause': { places: workers, lastsMs: longerThanLocks, long: true },
  'api-kill': { places: apis, lastsMs: [200, 3_000] },
  'api-restart': { places: apis, lastsMs: [0, 0] },
  'api-pause': { places: apis, lastsMs: [2_000, 8_000] },
  'redis-kill': { places: ['redis'], lastsMs: [200, 4_000] },
  'redis-lost': { places: ['redis'], lastsMs: [200, 4_000] },
  'redis-tail-lost': { places: ['redis'], lastsMs: [200, 2_000] },
  'redis-emptied': { places: ['redis'], lastsMs: [0, 0] },
  'redis-full': { places: ['redis'], lastsMs: [2_000, 6_000] },
  'redis-pause': { places: ['redis'], lastsMs: [1_500, 5_000] },
  'postgres-kill': { places: ['postgres'], lastsMs: [200, 3_000] },
  'postgres-read-only': { places: ['postgres'], lastsMs: [1_500, 5_000] },
  'redis-cut': { places: toRedis, lastsMs: [500, 5_000] },
  'redis-silent': { places: toRedis, lastsMs: [3_000, 12_000] },
  'redis-half-open': { places: toRedis, lastsMs: [0, 0] },
  'postgres-cut': { places: toPostgres, lastsMs: [500, 5_000] },
  'postgres-silent': { places: toPostgres, lastsMs: [3_000, 12_000] },
  'postgres-half-open': { places: toPostgres, lastsMs: [0, 0] },
  'postgres-slow': { places: toPostgres, lastsMs: [4_000, 10_000] },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof faultKinds;

export const faultNames = Object.keys(faultKinds) as FaultName[];

/**
 * Whether a fault can make somebody receive an attempt twice: the worker that made it cannot write it down, or not in
 * time. All of Redis may vanish without that, since leases and records are in Postgres; so may APIs.
 */
export function canRepeat(kind: FaultName, on: string): boolean {
  if (kind === 'worker-restart') return false;
  return on === 'postgres' || (on.startsWith('worker-') && !on.endsWith('>redis'));
}

import type { Redis } from 'ioredis';
import { admitLua } from './admission-admit.js';
import { settleLua } from './admission-settle.js';
import { runScript } from './script.js';

const longestLeaseMs = 10 * 60 * 1000;

/** What a target lets through, as its owner has set it. */
export interface Gate {
  /** Requests with the same target share all that is counted and learnt. */
  target: string;
  /** Most attempts under way at once, all processes together; ≥ 1. */
  maxInFlight: number;
  /** `count` attempts in any `periodMs`, evenly distributed; null: there is no such limit. */
  pace: { count: number; periodMs: number } | null;
}

/** A delivery that is about to be attempted. */
export interface AdmissionRequest {
  gate: Gate;
  delivery: string;
  /** It was told to wait and comes for the place it was given. */
  reserved: boolean;
  /** If no report comes for so long its worker is taken for dead; longer than any attempt, at most 10 minutes. */
  leaseMs: number;
}

/**
 * Asks for many deliveries whether they may be attempted, in one round trip. Asking again for one that is under way
 * renews its lease.
 * @returns for each, in order: 0: attempt it now, and report it; else in how many ms to come back. A place is kept for
 * it until then; whoever does not come only leaves its place empty.
 * @throws RangeError for a gate or lease that nobody could keep
 */
export async function admit(redis: Redis, requests: readonly AdmissionRequest[]): Promise<number[]> {
  const values = requests.map(({ gate, delivery, reserved, leaseMs }) => [
    ...limits(gate, delivery),
    reserved ? 1 : 0,
    count('leaseMs', leaseMs, longestLeaseMs),
  ]);
  return (await run(redis, 'signalboxAdmit', admitLua, requests, values)) as number[];
}

/** What came of an attempt that was admitted. */
export interface AttemptReport {
  gate: Gate;
  delivery: string;
  /**
   * `ok`: the target answered, even if it refused this delivery. `failed`: a timeout, no connection, a server error.
   * `throttled`: it asks us to be slower (429, 503).
   */
  result: 'ok' | 'failed' | 'throttled';
  /** From the admission to this report. */
  durationMs: number;
  /** How long a `throttled` target wants to be left alone; honoured up to an hour. null: it did not say. */
  retryAfterMs: number | null;
}

/**
 * `opened`: it fails so often that only a probe is sent now and then. `closed`: a probe succeeded. `recovered`: it is
 * much faster than those who wait were told. After the latter two, all who wait for the target may be woken.
 */
export interface TargetChange {
  target: string;
  change: 'opened' | 'closed' | 'recovered';
}

/**
 * Reports attempts, in one round trip. One that is not under way, or not any more, changes nothing.
 * @throws RangeError as {@link admit} does, and for a negative or unknown time
 */
export async function settleAdmissions(
  redis: Redis,
  reports: readonly AttemptReport[],
): Promise<TargetChange[]> {
  const values = reports.map(({ gate, delivery, result, durationMs, retryAfterMs }) => [
    ...limits(gate, delivery),
    result,
    Math.round(1_000 * time('durationMs', durationMs)),
    Math.ceil(time('retryAfterMs', retryAfterMs ?? 0)),
  ]);
  const changes = (await run(redis, 'signalboxSettleAdmissions', settleLua, reports, values)) as string[];
  return reports.flatMap(({ gate: { target } }, index) => {
    const change = changes[index] as TargetChange['change'] | '';
    return change ? [{ target, change }] : [];
  });
}

/** What both scripts want to know first. The distance of two sends is rounded up, so that no period sees too many. */
function limits({ maxInFlight, pace }: Gate, delivery: string): (string | number)[] {
  const apart = pace ? Math.ceil((count('periodMs', pace.periodMs) * 1_000) / count('count', pace.count)) : 0;
  return [delivery, count('maxInFlight', maxInFlight), apart];
}

function count(what: string, value: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`${what} is ${value}: it must be a whole number from 1 to ${most}`);
}

function time(what: string, ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new RangeError(`${what} is ${ms}: it must be 0 or more`);
}

/** How many targets' breakers are open. */
export function openBreakers(redis: Redis, now = Date.now()): Promise<number> {
  return redis.zcount('{gates}:open', now, '+inf');
}

async function run(
  redis: Redis,
  name: string,
  lua: string,
  requests: readonly { gate: Gate }[],
  values: (string | number)[][],
): Promise<unknown> {
  if (requests.length === 0) return [];
  // All targets share one slot, so that one script may take many of them on a Redis Cluster too.
  const keys = requests.map(({ gate }) => `{gates}:${gate.target}`);
  return runScript(redis, name, lua, keys, values.flat());
}

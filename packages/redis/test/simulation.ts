import { admitLua } from '../src/admission-admit.js';
import { settleLua } from '../src/admission-settle.js';
import { redisClock } from '../src/admission-target.js';
import { type AttemptReport, admit, type Gate, type Redis, settleAdmissions } from '../src/index.js';

/** Moves a clock on. */
export type Wind = (ms: number) => Promise<void>;

/** Lets the admissions of a connection run by a clock that stands still until it is wound. */
export function stopClock(redis: Redis): Wind {
  const clock = "local now = tonumber(redis.call('GET', 'stopped-clock'))";
  redis.defineCommand('signalboxAdmit', { lua: admitLua.replace(redisClock, clock) });
  redis.defineCommand('signalboxSettleAdmissions', { lua: settleLua.replace(redisClock, clock) });
  let nowMs = Date.now();
  return async (ms) => {
    nowMs += ms;
    await redis.set('stopped-clock', nowMs * 1_000);
  };
}

/** What a target does with an attempt. */
export type Answer = Pick<AttemptReport, 'result' | 'durationMs' | 'retryAfterMs'>;

export interface Simulation {
  gate: Gate;
  /** When each delivery comes for the first time. Unit: ms. */
  arrivals: readonly number[];
  serve: (atMs: number) => Answer;
  untilMs: number;
}

/** A delivery on its way. */
export interface Walker {
  delivery: string;
  reserved: boolean;
  moves: number;
  attempts: number;
  /** What it does next, and when; what it had planned before does not count any more. */
  next: Step | null;
}

interface Step {
  walker: Walker;
  /** null: it asks for admission. */
  report: AttemptReport | null;
}

const retries = [10_000, 30_000, 60_000, 300_000, 900_000];

/** Sends deliveries to a target as workers do, ms by ms, until all have ended or the time is over. */
export async function simulate(redis: Redis, wind: Wind, { gate, arrivals, serve, untilMs }: Simulation) {
  const agenda = new Map<number, Step[]>();
  const walkers = arrivals.map((_, index) => walkerNamed(`s${index}`));
  const sends: number[] = [];
  const changes: string[] = [];
  const done: Walker[] = [];

  function plan(atMs: number, walker: Walker, report: AttemptReport | null = null): void {
    const ms = Math.ceil(atMs);
    walker.next = { walker, report };
    const steps = agenda.get(ms);
    if (steps) steps.push(walker.next);
    else agenda.set(ms, [walker.next]);
  }

  async function ask(at: number, asking: Walker[]): Promise<void> {
    const requests = asking.map(({ delivery, reserved }) => ({ gate, delivery, reserved, leaseMs: 15_000 }));
    const waits = await admit(redis, requests);
    for (const [index, walker] of asking.entries()) {
      const wait = waits[index] as number;
      walker.reserved = wait > 0;
      if (wait > 0) comeBack(at + wait, walker);
      else begin(at, walker);
    }
  }

  /** Delayed jobs are a little late. */
  function comeBack(at: number, walker: Walker): void {
    walker.moves += 1;
    plan(at + (walker.moves % 3), walker);
  }

  function begin(at: number, walker: Walker): void {
    const answer = serve(at);
    sends.push(at);
    walker.attempts += 1;
    plan(at + answer.durationMs, walker, { gate, delivery: walker.delivery, ...answer });
  }

  async function settle(at: number, reports: AttemptReport[], of: Walker[]): Promise<void> {
    for (const [index, walker] of of.entries()) end(at, walker, reports[index]?.result === 'ok');
    for (const { change } of await settleAdmissions(redis, reports)) {
      changes.push(change);
      if (change !== 'opened') wake(at);
    }
  }

  function end(at: number, walker: Walker, ok: boolean): void {
    const retry = ok ? undefined : retries[walker.attempts - 1];
    walker.next = null;
    if (retry === undefined) done.push(walker);
    else plan(at + retry, walker);
  }

  function wake(at: number): void {
    for (const [index, walker] of walkers.filter(({ reserved }) => reserved).entries()) {
      plan(at + 20 + index / 10, walker);
    }
  }

  /** What of the agenda still counts. */
  const current = (steps: Step[]) => steps.filter((step) => step.walker.next === step);

  for (const [index, walker] of walkers.entries()) plan(arrivals[index] as number, walker);
  let passed = 0;
  for (let at = 0; at <= untilMs && done.length < walkers.length; at += 1) {
    const steps = agenda.get(at) ?? [];
    if (steps.length === 0) continue;
    await wind(at - passed);
    passed = at;
    const ended = current(steps).filter(({ report }) => report !== null);
    await settle(
      at,
      ended.map(({ report }) => report as AttemptReport),
      ended.map(({ walker }) => walker),
    );
    await ask(
      at,
      current(steps)
        .filter(({ report }) => report === null)
        .map(({ walker }) => walker),
    );
  }
  const moves = walkers.map((walker) => walker.moves);
  return {
    sends,
    changes,
    /** In the order in which they ended. */
    done: done.map((walker) => walkers.indexOf(walker)),
    endMs: done.length === walkers.length ? passed : Number.POSITIVE_INFINITY,
    moves: moves.reduce((sum, count) => sum + count, 0) / moves.length,
    mostMoves: Math.max(...moves),
  };
}

function walkerNamed(delivery: string): Walker {
  return { delivery, reserved: false, moves: 0, attempts: 0, next: null };
}

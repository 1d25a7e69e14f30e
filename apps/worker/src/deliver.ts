import type { Delivery, NextState } from '@signalbox/domain';
import { type NotLeased, type Pool, reopen, whyNotLeased } from '@signalbox/postgres';
import {
  type Dead,
  DeadLetter,
  type DeliveryJob,
  type Job,
  type Process,
  postpone,
  TryLater,
} from '@signalbox/redis';
import type { Log } from '@signalbox/runtime';
import type { Desk } from './desk.js';

export interface Delivering {
  desk: Desk;
  pool: Pool;
  log: Log;
  /** One attempt; null when another worker recorded it. */
  attempt: (delivery: Delivery) => Promise<NextState | null>;
  /**
   * Asks for a delivery's turn with its receiver: 0 means now, else it comes in so many ms; none: nobody has to wait.
   * `reserved`: it has waited for the turn it was given before.
   */
  turn?: ((delivery: Delivery, reserved: boolean) => Promise<number>) | undefined;
  /** Adds what the attempt needs besides; null: it was found that there is to be none. */
  prepare?: ((delivery: Delivery) => Promise<Delivery | null>) | undefined;
}

/** What a worker does with a job of a delivery queue. */
export function deliver(context: Delivering): Process {
  return (job, token) => (job.name === 'first' ? first(job, context) : own(job, token, context));
}

/** Many deliveries, each for the first time. Whatever needs more than this one attempt leaves with a job of its own. */
async function first(job: Job<DeliveryJob>, context: Delivering): Promise<void> {
  const [correlationId = ''] = job.data.correlation_ids;
  const attempts = job.data.deliveries.map((id) => firstAttempt(id, correlationId, context));
  const results = await Promise.allSettled(attempts);
  // Only Postgres or a bug in our bookkeeping gets here; what was not done is still due, and the job comes again.
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function firstAttempt(id: string, correlationId: string, context: Delivering): Promise<void> {
  const { desk, prepare = same } = context;
  const leased = await desk.lease(id);
  if (!leased) return notLeased(id, correlationId, context);
  const delivery = await prepare(leased);
  if (!delivery) return;
  const job = { id, correlationId: delivery.correlationId, delayMs: 0, attempts: attemptsLeft(delivery) };
  const waitMs = await askTurn(delivery, false, context);
  if (waitMs > 0) {
    await desk.defer({ id, waitMs });
    return desk.giveOwnJob({ ...job, attempts: job.attempts + 1, delayMs: waitMs, slot: true });
  }
  const next = await tryAttempt(delivery, context);
  if (next === 'bug') await desk.giveOwnJob({ ...job, delayMs: 1_000 });
  else if (next?.status === 'pending') await desk.giveOwnJob({ ...job, delayMs: next.delayMs });
  // So that the operator finds it among the failed jobs, where "retry" works.
  else if (next && next.status !== 'delivered') {
    await desk.giveOwnJob({ ...job, attempts: 1, dead: { reason: next.reason, parked: false } });
  }
}

/** Somebody else has it, or it has ended; or it stands behind an earlier revision, and waits for that in a job of its own. */
async function notLeased(id: string, correlationId: string, { desk, pool }: Delivering): Promise<void> {
  const why = await whyNotLeased(pool, id);
  if (why?.dueInMs !== 0) return;
  await desk.giveOwnJob({ id, correlationId, delayMs: behindAnotherMs, attempts: 1_000 });
}

async function tryAttempt(
  delivery: Delivery,
  { attempt, log }: Delivering,
): Promise<NextState | 'bug' | null> {
  try {
    return await attempt(delivery);
  } catch (error) {
    log.error({ err: error, delivery_id: delivery.id, channel: delivery.channel }, 'delivery.bug');
    return 'bug';
  }
}

/** One delivery that is retried, waits for its slot, was found by the sweep, or has died. */
async function own(job: Job<DeliveryJob>, token: string, context: Delivering): Promise<void> {
  const id = job.data.deliveries[0] as string;
  const { dead } = job.data;
  if (dead && !dead.parked) return park(job, dead.reason);
  // It lay in the failed set and runs again: an operator wants another try.
  if (dead) await revive(job, id, context);
  const { desk, pool, prepare = same } = context;
  const leased = await desk.lease(id);
  if (!leased) return waitOrEnd(job, token, await whyNotLeased(pool, id));
  const delivery = await prepare(leased);
  if (!delivery) return;
  await takeTurn(job, token, delivery, context);
  const next = await context.attempt(delivery);
  if (next?.status === 'pending') throw new TryLater(next.reason, next.delayMs);
  if (next && next.status !== 'delivered') await park(job, next.reason);
}

/** Waits for the delivery's turn: if that is not now, the job comes back for it. */
async function takeTurn(job: Job<DeliveryJob>, token: string, delivery: Delivery, context: Delivering) {
  const { slot = false, ...data } = job.data;
  const waitMs = await askTurn(delivery, slot, context);
  if (waitMs === 0) return slot ? job.updateData(data) : undefined;
  await context.desk.defer({ id: delivery.id, waitMs });
  await job.updateData({ ...data, slot: true });
  await postpone(job, token, waitMs);
}

/** When Redis has no answer; then nothing was sent, and nobody should wait for our lease to end. Unit: ms. */
const noAnswerMs = 1_000;

/** 0: now; else in so many ms. Throws what Redis says, having given the delivery back. */
async function askTurn(delivery: Delivery, reserved: boolean, { turn, desk }: Delivering): Promise<number> {
  if (!turn) return 0;
  try {
    return await turn(delivery, reserved);
  } catch (error) {
    await desk.defer({ id: delivery.id, waitMs: noAnswerMs });
    throw error;
  }
}

async function park(job: Job<DeliveryJob>, reason: string): Promise<never> {
  const dead: Dead = { reason, parked: true };
  await job.updateData({ ...job.data, dead });
  throw new DeadLetter(reason);
}

async function revive(job: Job<DeliveryJob>, id: string, { pool, log }: Delivering): Promise<void> {
  const revived = await reopen(pool, id);
  const { dead, ...data } = job.data;
  await job.updateData(data);
  log.info({ delivery_id: id, revived, reason: dead?.reason }, 'delivery.revived');
}

/** A delivery that is due and cannot be leased waits for an earlier one to the same target. Unit: ms. */
const behindAnotherMs = 1_000;

/** In other hands, or early: this job comes back when the delivery is due. Ended: the job has nothing left to do. */
async function waitOrEnd(job: Job<DeliveryJob>, token: string, why: NotLeased | null): Promise<void> {
  if (why?.dueInMs == null) return;
  await postpone(job, token, why.dueInMs > 0 ? why.dueInMs + 50 : behindAnotherMs);
}

const same = (delivery: Delivery) => Promise.resolve(delivery);

function attemptsLeft(delivery: Delivery): number {
  return delivery.maxAttempts - delivery.attempt;
}

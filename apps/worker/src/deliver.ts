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
}

/** What a worker does with a job of a delivery queue. */
export function deliver(context: Delivering): Process {
  return (job, token) => (job.name === 'first' ? first(job, context) : own(job, token, context));
}

/** Many deliveries, each for the first time. Whatever needs more than this one attempt leaves with a job of its own. */
async function first(job: Job<DeliveryJob>, context: Delivering): Promise<void> {
  const attempts = job.data.deliveries.map((id) => firstAttempt(id, context));
  const results = await Promise.allSettled(attempts);
  // Only Postgres or a bug in our bookkeeping gets here; what was not done is still due, and the job comes again.
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function firstAttempt(id: string, context: Delivering): Promise<void> {
  const { desk } = context;
  const delivery = await desk.lease(id);
  if (!delivery) return;
  const job = { id, correlationId: delivery.correlationId, delayMs: 0, attempts: attemptsLeft(delivery) };
  const next = await tryAttempt(delivery, context);
  if (next === 'bug') await desk.giveOwnJob({ ...job, delayMs: 1_000 });
  else if (next?.status === 'pending') await desk.giveOwnJob({ ...job, delayMs: next.delayMs });
  // So that the operator finds it among the failed jobs, where "retry" works.
  else if (next && next.status !== 'delivered') {
    await desk.giveOwnJob({ ...job, attempts: 1, dead: { reason: next.reason, parked: false } });
  }
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

/** One delivery that is retried, was found by the sweep, or has died. */
async function own(job: Job<DeliveryJob>, token: string, context: Delivering): Promise<void> {
  const id = job.data.deliveries[0] as string;
  const { dead } = job.data;
  if (dead && !dead.parked) return park(job, dead.reason);
  // It lay in the failed set and runs again: an operator wants another try.
  if (dead) await revive(job, id, context);
  const delivery = await context.desk.lease(id);
  if (!delivery) return waitOrEnd(job, token, await whyNotLeased(context.pool, id));
  const next = await context.attempt(delivery);
  if (next?.status === 'pending') throw new TryLater(next.reason, next.delayMs);
  if (next && next.status !== 'delivered') await park(job, next.reason);
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

/** In other hands, or early: this job comes back when the delivery is due. Ended: the job has nothing left to do. */
async function waitOrEnd(job: Job<DeliveryJob>, token: string, why: NotLeased | null): Promise<void> {
  if (why?.dueInMs != null) await postpone(job, token, why.dueInMs + 50);
}

function attemptsLeft(delivery: Delivery): number {
  return delivery.maxAttempts - delivery.attempt;
}

import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type DeliveryJob, queueName, queuePrefix } from './queues.js';
import { jobReporting } from './telemetry.js';

/** Runs a job to its end. */
export type Process = (job: Job<DeliveryJob>, token: string) => Promise<void>;

export type { Worker };

/** Thrown by a job whose attempt did not deliver: try it again after `delayMs`. */
export class TryLater extends Error {
  override name = 'TryLater';
  readonly delayMs: number;

  constructor(reason: string, delayMs: number) {
    super(reason);
    this.delayMs = delayMs;
  }
}

/** Thrown by a job whose delivery has ended without success: it goes to the failed set and stays there. */
export { UnrecoverableError as DeadLetter };

/**
 * A worker that has not been heard of for so long has died, and its jobs go to others. Taking one from a worker that
 * only was slow does no harm: whether a delivery is in other hands is decided by its lease. Unit: ms.
 */
const lockDuration = 10_000;
/** How often is looked for jobs of workers that have died. Unit: ms. */
const stalledInterval = 5_000;

/**
 * Takes jobs of one channel's queue, `concurrency` at a time. A job that throws anything but the errors of this file
 * has met a bug of ours and is tried again, at growing distances.
 */
export function work(redis: Redis, channel: string, concurrency: number, process: Process): Worker {
  const name = queueName(channel);
  return new Worker<DeliveryJob>(name, (job, token) => process(job, token as string), {
    connection: redis,
    prefix: queuePrefix(name),
    concurrency,
    lockDuration,
    stalledInterval,
    ...jobReporting(),
    settings: { backoffStrategy: (attemptsMade, _type, error) => pause(attemptsMade, error) },
  });
}

function pause(attemptsMade: number, error: Error | undefined): number {
  return error instanceof TryLater ? error.delayMs : Math.min(1_000 * 2 ** attemptsMade, 300_000);
}

/** Puts a running job back for `delayMs`; it costs no attempt. Always throws what BullMQ wants to see. */
export async function postpone(job: Job<DeliveryJob>, token: string, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}

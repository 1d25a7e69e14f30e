import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { jobReporting } from './telemetry.js';

/** How many deliveries one first-attempt job carries at most: BullMQ costs more per job than we do per delivery. */
const chunk = 25;
const week = 7 * 24 * 60 * 60;

/** Stands in the failed set because its delivery ended there; once `parked`, running it again is an operator's wish. */
export interface Dead {
  reason: string;
  parked: boolean;
}

/** What a job says. Everything else about a delivery stands in Postgres. */
export interface DeliveryJob {
  deliveries: string[];
  correlation_ids: string[];
  dead?: Dead;
  /** Its turn under the receiver's rate limit is taken: it comes when the job does. */
  slot?: true;
}

export type DeliveryQueue = Queue<DeliveryJob>;
export type { Job };

/** `first` carries many deliveries, `own` is a job of one delivery that is retried or has died. */
export type JobName = 'first' | 'own';

/** A delivery on its way into a queue. */
export interface Enqueued {
  id: string;
  correlationId: string;
}

export function queueName(channel: string): string {
  return `deliver-${channel}`;
}

/** A hash tag of its own keeps all keys of a queue in one slot of a Redis Cluster. */
export function queuePrefix(name: string): string {
  return `{${name}}`;
}

export function openQueue(redis: Redis, channel: string): DeliveryQueue {
  const name = queueName(channel);
  return new Queue<DeliveryJob>(name, {
    connection: redis,
    prefix: queuePrefix(name),
    streams: { events: { maxLen: 1_000 } },
    ...jobReporting(),
  });
}

/** A delivery that was just promised. */
export interface Promised extends Enqueued {
  /** Its first attempt is due then; null: at once. */
  notBefore: Date | null;
  /** How many attempts it has. */
  attempts: number;
}

/** Puts deliveries on their way: those that are due many to a job, each of the others in a job that waits. */
export async function enqueuePromised(queue: DeliveryQueue, items: readonly Promised[]): Promise<void> {
  const due = items.filter(({ notBefore }) => notBefore === null);
  const waiting = items.flatMap(({ notBefore, ...item }) =>
    notBefore === null ? [] : [{ ...item, delayMs: Math.max(0, notBefore.getTime() - Date.now()) }],
  );
  if (due.length > 0) await enqueueFirst(queue, due);
  if (waiting.length > 0) await enqueueOwn(queue, waiting);
}

/** Puts deliveries on their way for the first time, many to a job. */
export async function enqueueFirst(queue: DeliveryQueue, items: readonly Enqueued[]): Promise<void> {
  await queue.addBulk(firstJobs(items));
}

/**
 * Puts deliveries in line again whose jobs are lost, many to a job. They go behind all that comes new: there may be so
 * many of them that it would have to wait for minutes.
 */
export async function enqueueFound(queue: DeliveryQueue, items: readonly Enqueued[]): Promise<void> {
  const priority = 1;
  await queue.addBulk(firstJobs(items).map((job) => ({ ...job, opts: { ...job.opts, priority } })));
}

function firstJobs(items: readonly Enqueued[]) {
  const jobs = [];
  for (let at = 0; at < items.length; at += chunk) {
    jobs.push({
      name: 'first' satisfies JobName,
      data: jobData(items.slice(at, at + chunk)),
      opts: {
        attempts: 5,
        backoff: { type: 'custom' },
        removeOnComplete: { count: 500 },
        removeOnFail: { age: week },
      },
    });
  }
  return jobs;
}

/** A delivery that gets a job to itself. */
export interface OwnJob extends Enqueued {
  /** ms */
  delayMs: number;
  /** How many attempts are left to it. */
  attempts: number;
  dead?: Dead;
  slot?: true;
}

/** Gives each delivery a job of its own. The id is made of the delivery's, so a second one changes nothing. */
export async function enqueueOwn(queue: DeliveryQueue, items: readonly OwnJob[]): Promise<void> {
  await queue.addBulk(
    items.map(({ delayMs, attempts, dead, slot, ...item }) => ({
      name: 'own' satisfies JobName,
      data: { ...jobData([item]), ...(dead && { dead }), ...(slot && { slot }) },
      opts: {
        jobId: ownJobId(item.id),
        delay: Math.ceil(delayMs),
        attempts: Math.max(1, attempts),
        backoff: { type: 'custom' },
        removeOnComplete: true,
        removeOnFail: { age: week },
      },
    })),
  );
}

/** Lets deliveries' own jobs that wait for a later time run now. One that does not wait, or is gone, is left alone. */
export async function promoteOwn(queue: DeliveryQueue, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => promote(queue, ownJobId(id))));
}

async function promote(queue: DeliveryQueue, jobId: string): Promise<void> {
  const job = await queue.getJob(jobId);
  if (!job || !(await job.isDelayed())) return;
  try {
    await job.promote();
  } catch (error) {
    // Its own time may have come in this very moment; then it runs, which is all that was wanted.
    if (await job.isDelayed()) throw error;
  }
}

/** Removes the own jobs of these deliveries, whatever they wait for; one that runs at this moment stays. */
export async function removeOwnJobs(
  redis: Redis,
  queue: DeliveryQueue,
  deliveryIds: readonly string[],
): Promise<void> {
  const jobIds = deliveryIds.map(ownJobId);
  const pipeline = redis.pipeline();
  // BullMQ, asked to remove a job that is not there, looks for it through all that wait.
  for (const jobId of jobIds) pipeline.exists(queue.toKey(jobId));
  const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
  await Promise.all(jobIds.filter((_, index) => answers[index] === 1).map((jobId) => queue.remove(jobId)));
}

function jobData(items: readonly Enqueued[]): DeliveryJob {
  return {
    deliveries: items.map(({ id }) => id),
    correlation_ids: [...new Set(items.map(({ correlationId }) => correlationId))],
  };
}

function ownJobId(deliveryId: string): string {
  return `d-${deliveryId}`;
}

import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';

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
  });
}

/** Puts deliveries on their way for the first time, many to a job. */
export async function enqueueFirst(queue: DeliveryQueue, items: readonly Enqueued[]): Promise<void> {
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
  await queue.addBulk(jobs);
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

function jobData(items: readonly Enqueued[]): DeliveryJob {
  return {
    deliveries: items.map(({ id }) => id),
    correlation_ids: [...new Set(items.map(({ correlationId }) => correlationId))],
  };
}

function ownJobId(deliveryId: string): string {
  return `d-${deliveryId}`;
}

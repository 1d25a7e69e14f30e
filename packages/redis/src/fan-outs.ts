import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from './queues.js';
import { jobReporting } from './telemetry.js';

/** The queue of jobs that write the deliveries of signals which concern very many. */
export const fanOutQueueName = 'fan-out';

/** Which revision of which signal; how far it has come stands in Postgres. */
export interface FanOutJob {
  signal_id: string;
  revision: number;
}

export type FanOutQueue = Queue<FanOutJob>;

export function openFanOutQueue(redis: Redis): FanOutQueue {
  return new Queue<FanOutJob>(fanOutQueueName, {
    connection: redis,
    prefix: queuePrefix(fanOutQueueName),
    ...jobReporting(),
  });
}

/** Puts fan-outs in line; one that is in line already stays where it is. */
export async function enqueueFanOuts(queue: FanOutQueue, jobs: readonly FanOutJob[]): Promise<void> {
  await queue.addBulk(
    jobs.map((data) => ({
      name: 'fan-out',
      data,
      opts: {
        jobId: `f-${data.signal_id}-${data.revision}`,
        attempts: 10_000,
        backoff: { type: 'fixed', delay: 1_000 },
        removeOnComplete: true,
        removeOnFail: true,
      },
    })),
  );
}

/**
 * Carries fan-outs out, two at a time in each process. A worker that died is soon given up: whoever takes its job too
 * early is fenced off by Postgres.
 */
export function workFanOuts(redis: Redis, fanOut: (job: FanOutJob) => Promise<object>): Worker {
  return new Worker<FanOutJob>(fanOutQueueName, ({ data }) => fanOut(data), {
    connection: redis,
    prefix: queuePrefix(fanOutQueueName),
    concurrency: 2,
    lockDuration: 5_000,
    stalledInterval: 2_000,
    maxStalledCount: 1_000,
    ...jobReporting(),
  });
}

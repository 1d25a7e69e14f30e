import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from './queues.js';
import { jobReporting } from './telemetry.js';

/** The queue of the job that polls the status pages. */
export const pollQueueName = 'poll';
const schedule = 'status-pages';

export type PollQueue = Queue;

export function openPollQueue(redis: Redis): PollQueue {
  return new Queue(pollQueueName, {
    connection: redis,
    prefix: queuePrefix(pollQueueName),
    ...jobReporting(),
  });
}

/** Makes sure that the pages are polled every `everyMs`; does nothing when that is so already. */
export async function schedulePolls(queue: PollQueue, everyMs: number): Promise<void> {
  const known = await queue.getJobScheduler(schedule);
  if (Number(known?.every) === everyMs) return;
  await queue.upsertJobScheduler(
    schedule,
    { every: everyMs },
    { name: 'poll', opts: { removeOnComplete: { count: 100 }, removeOnFail: { count: 100 } } },
  );
}

/** Runs the scheduled polls, one at a time in all processes together. */
export function workPolls(redis: Redis, poll: () => Promise<object>): Worker {
  return new Worker(pollQueueName, poll, {
    connection: redis,
    prefix: queuePrefix(pollQueueName),
    concurrency: 1,
    lockDuration: 60_000,
    ...jobReporting(),
  });
}

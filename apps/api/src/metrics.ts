import { countOpenRejected, type Pool } from '@signalbox/postgres';
import { openBreakers, queueState, type Redis } from '@signalbox/redis';
import { Counter, Gauge, Histogram, type Log, metrics } from '@signalbox/runtime';
import { within } from './enqueue.js';
import { listed, type Queues } from './queues.js';

/** Requests at the ingest doors. */
export const signalsReceived = new Counter({
  name: 'signalbox_signals_received_total',
  help: 'Requests at the ingest doors, by source, by what became of them, and why they were not accepted.',
  labelNames: ['source', 'outcome', 'reason'],
  registers: [metrics],
});

/** Requests that nobody looked into. */
export const refusedAtTheDoor = new Counter({
  name: 'signalbox_overload_refusals_total',
  help: 'Requests answered 503 before their bodies were read, because those under way held all the memory they may.',
  registers: [metrics],
});

/** Alerts kept without anybody to tell. */
export const unknownStores = new Counter({
  name: 'signalbox_unknown_store_alerts_total',
  help: 'Alerts of a location that no store has: kept, and nobody told.',
  registers: [metrics],
});

/** Signals that share a transaction. */
export const storeBatchSize = new Histogram({
  name: 'signalbox_store_batch_size',
  help: 'Signals written to Postgres together. Batches grow when more arrives than is written one by one.',
  buckets: [1, 2, 5, 10, 20, 50],
  registers: [metrics],
});

/** How long senders wait for Postgres. */
export const storeDuration = new Histogram({
  name: 'signalbox_store_duration_seconds',
  help: 'How long Postgres took to write a batch of signals with the deliveries they owe.',
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers: [metrics],
});

const redisUp = new Gauge({
  name: 'signalbox_redis_up',
  help: 'Whether Redis answered this scrape: 1 or 0. While it is 0, nothing is said of the queues.',
  registers: [metrics],
});

const queueJobs = new Gauge({
  name: 'signalbox_queue_jobs',
  help: 'Jobs in a queue, by state; failed ones are dead letters. Every API process tells the same: do not add up.',
  labelNames: ['queue', 'state'],
  registers: [metrics],
});

const breakersOpen = new Gauge({
  name: 'signalbox_breakers_open',
  help: 'Subscriptions whose receiver fails so often that only a probe is sent now and then. Every API tells the same.',
  registers: [metrics],
});

const queueOldestDue = new Gauge({
  name: 'signalbox_queue_oldest_due_seconds',
  help: 'For how long the job that is due the longest has been due. 0: none is.',
  labelNames: ['queue'],
  registers: [metrics],
});

const rejectedOpen = new Gauge({
  name: 'signalbox_rejected_open',
  help: 'Requests that were turned away, kept, and not settled yet; 10,000: at least. Every API process tells the same.',
  registers: [metrics],
});

/** Counts what nobody has settled. What cannot be read is left out; that takes a second at most. */
export async function lookAtRejected(pool: Pool, log: Log): Promise<void> {
  try {
    rejectedOpen.set(await within(1_000, countOpenRejected(pool)));
  } catch (error) {
    log.debug({ err: error }, 'metrics.postgres_away');
    rejectedOpen.remove();
  }
}

/** Reads what the queues hold. What cannot be read is left out, rather than told as it was; that takes a second at most. */
export async function lookAtQueues(redis: Redis, queues: Queues, log: Log): Promise<void> {
  const read = Promise.all([readStates(redis, queues), openBreakers(redis)]);
  const [states, open] = await read.catch((error: unknown) => {
    log.debug({ err: error }, 'metrics.redis_away');
    return [null, null];
  });
  redisUp.set(states ? 1 : 0);
  queueJobs.reset();
  queueOldestDue.reset();
  if (open === null) breakersOpen.remove();
  else breakersOpen.set(open);
  for (const { queue, jobs, oldestDueMs } of states ?? []) {
    for (const [state, count] of Object.entries(jobs)) queueJobs.set({ queue, state }, count);
    if (oldestDueMs !== null) queueOldestDue.set({ queue }, oldestDueMs / 1_000);
  }
}

function readStates(redis: Redis, queues: Queues) {
  return Promise.all(
    listed(queues).map(async (queue) => ({ queue: queue.name, ...(await queueState(redis, queue)) })),
  );
}

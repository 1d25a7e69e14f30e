import {
  exclusively,
  idleFanOuts,
  markQueued,
  type OwedDelivery,
  overdue,
  owedPage,
  type Pool,
  passedOver,
  queueEpoch,
} from '@signalbox/postgres';
import {
  type DeliveryQueue,
  enqueueFanOuts,
  enqueueFirst,
  enqueueOwn,
  type FanOutQueue,
  oldestWaiting,
  type Redis,
  readEpoch,
  withoutOwnJob,
  writeEpoch,
} from '@signalbox/redis';
import type { Log } from '@signalbox/runtime';
import { every } from './every.js';
import { rescues } from './metrics.js';
import type { AllQueues } from './put-in-queues.js';

export interface Sweeping {
  pool: Pool;
  redis: Redis;
  queues: AllQueues;
  fanOuts: FanOutQueue;
  log: Log;
}

const everyMs = 1_000;
/** Looking for single lost jobs costs more than looking at the epoch, and is less urgent. */
const searchEveryMs = 5_000;
/** A search may take this share of the time: with a long backlog it is done more rarely, but not too rarely. */
const dutyFactor = 20;
const searchAtLeastEveryMs = 15_000;
/** From its row to its job a delivery takes less than this, clocks that disagree included. */
const turnMarginMs = 8_000;
/** A fan-out whose job lives gets on much faster than this. */
const idleFanOutMs = 5_000;
/** A retry's job may be this late before its delivery is looked for. */
const graceMs = 2_000;
const page = 1_000;

/** Gives a job to whatever is owed and has none: after Redis lost data, after a crash, after Redis was away. */
export function sweepUntil(stopping: AbortSignal, context: Sweeping): Promise<void> {
  let searchAt = 0;
  const sweep = async () => {
    await repairLostRedis(context);
    await rescueFanOuts(context);
    if (Date.now() >= searchAt) searchAt = await timedSearch(context);
  };
  return every(everyMs, stopping, sweep, (error) => context.log.warn({ err: error }, 'sweep.failed'));
}

async function timedSearch(context: Sweeping): Promise<number> {
  const started = Date.now();
  await exclusively(context.pool, 'sweep', () => searchLostJobs(context));
  const pauseMs = Math.max(searchEveryMs, dutyFactor * (Date.now() - started));
  return Date.now() + Math.min(pauseMs, searchAtLeastEveryMs);
}

/** Redis carries the name of our epoch for as long as it keeps our jobs; without it, all that is owed is put in line. */
export async function repairLostRedis(context: Sweeping): Promise<void> {
  const { pool, redis, log } = context;
  const epoch = await queueEpoch(pool);
  if ((await readEpoch(redis)) === epoch) return;
  await exclusively(pool, 'sweep', async () => {
    if ((await readEpoch(redis)) === epoch) return;
    let rescued = 0;
    for (const [channel, queue] of context.queues) rescued += await enqueueAll(context, channel, queue);
    await writeEpoch(redis, epoch);
    log.warn({ rescued }, 'sweep.redis_was_empty');
  });
}

async function enqueueAll({ pool }: Sweeping, channel: string, queue: DeliveryQueue): Promise<number> {
  let count = 0;
  for await (const rows of pages((after) => owedPage(pool, channel, after, page))) {
    await putInLine(
      pool,
      queue,
      rows.filter(({ untouched }) => untouched),
    );
    await giveOwnJobs(
      queue,
      rows.filter(({ untouched }) => !untouched),
    );
    rescues.inc({ queue: queue.name, kind: 'redis_lost' }, rows.length);
    count += rows.length;
  }
  return count;
}

/** Puts fan-outs in line that nobody is at. */
export async function rescueFanOuts({ pool, fanOuts, log }: Sweeping): Promise<void> {
  const idle = await idleFanOuts(pool, idleFanOutMs);
  if (idle.length === 0) return;
  await enqueueFanOuts(
    fanOuts,
    idle.map(({ signalId, revision }) => ({ signal_id: signalId, revision })),
  );
  rescues.inc({ queue: fanOuts.name, kind: 'fan_out' }, idle.length);
  log.info({ fan_outs: idle.length }, 'sweep.fan_outs');
}

export async function searchLostJobs(context: Sweeping): Promise<void> {
  // All at once: on a machine that is busy, waiting for one after the other would take too long.
  await Promise.all(
    [...context.queues].map(async ([channel, queue]) => {
      const rescued =
        (await rescuePassedOver(context, channel, queue)) + (await rescueOverdue(context, channel, queue));
      if (rescued > 0) context.log.warn({ channel, rescued }, 'sweep.rescued');
    }),
  );
}

/** The queue is first in, first out: whoever stood in line well before the oldest job that still waits has no job. */
async function rescuePassedOver(
  { pool, redis }: Sweeping,
  channel: string,
  queue: DeliveryQueue,
): Promise<number> {
  const oldest = await oldestWaiting(redis, queue);
  // As a duration, so that it does not matter whether our clock and that of Postgres agree.
  const waitedMs = oldest ? Math.max(0, Date.now() - oldest.getTime()) : 0;
  let count = 0;
  for (;;) {
    const rows = await passedOver(pool, channel, waitedMs + turnMarginMs, page);
    await putInLine(pool, queue, rows);
    rescues.inc({ queue: queue.name, kind: 'passed_over' }, rows.length);
    count += rows.length;
    if (rows.length < page) return count;
  }
}

async function rescueOverdue(
  { pool, redis }: Sweeping,
  channel: string,
  queue: DeliveryQueue,
): Promise<number> {
  let count = 0;
  for await (const rows of pages((after) => overdue(pool, channel, graceMs, after, page))) {
    const ids = rows.map(({ id }) => id);
    const lost = new Set(await withoutOwnJob(redis, queue, ids));
    await giveOwnJobs(
      queue,
      rows.filter(({ id }) => lost.has(id)),
    );
    rescues.inc({ queue: queue.name, kind: 'overdue' }, lost.size);
    count += lost.size;
  }
  return count;
}

/** Reads page after page, each going on after the last id of the one before. */
async function* pages(
  read: (after: string | null) => Promise<OwedDelivery[]>,
): AsyncGenerator<OwedDelivery[]> {
  let after: string | null = null;
  for (;;) {
    const rows: OwedDelivery[] = await read(after);
    yield rows;
    if (rows.length < page) return;
    after = rows.at(-1)?.id ?? null;
  }
}

async function putInLine(pool: Pool, queue: DeliveryQueue, rows: OwedDelivery[]): Promise<void> {
  if (rows.length === 0) return;
  // Marked first: a crash between the two is found again after the margin, the other way round it would be doubled.
  await markQueued(
    pool,
    rows.map(({ id }) => id),
  );
  await enqueueFirst(queue, rows);
}

async function giveOwnJobs(queue: DeliveryQueue, rows: OwedDelivery[]): Promise<void> {
  if (rows.length === 0) return;
  await enqueueOwn(
    queue,
    rows.map((row) => ({ ...row, delayMs: row.dueInMs, attempts: row.attemptsLeft })),
  );
}

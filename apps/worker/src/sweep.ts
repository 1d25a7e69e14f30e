import {
  databaseTime,
  exclusively,
  idleFanOuts,
  lateIn,
  markQueued,
  type OwedDelivery,
  owedPage,
  type Pool,
  queueEpoch,
} from '@signalbox/postgres';
import {
  beginRepair,
  type DeliveryQueue,
  enqueueFanOuts,
  enqueueFound,
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
/** From its row to its job a delivery takes less than this, clocks that disagree included. */
const turnMarginMs = 8_000;
/** A fan-out whose job lives gets on much faster than this. */
const idleFanOutMs = 5_000;
/** A retry's job may be this late before its delivery is looked for. */
const graceMs = 2_000;
/** Deliveries that are handled together. */
const page = 1_000;
/** Jobs of their own that are added together: on a busy machine a thousand take longer than a command may. */
const ownJobs = 250;
/** A search that finds nothing ends after looking at so many deliveries of a channel; the next one goes on from there. */
const reach = 20_000;

/** By channel, the id at which the next search goes on; none: it begins with the oldest. */
export type Places = Map<string, string>;

/** Gives a job to whatever is owed and has none: after Redis lost data, after a crash, after Redis was away. */
export function sweepUntil(stopping: AbortSignal, context: Sweeping): Promise<void> {
  let searchAt = 0;
  const places: Places = new Map();
  const sweep = async () => {
    await repairLostRedis(context);
    await rescueFanOuts(context);
    if (Date.now() < searchAt) return;
    searchAt = Date.now() + searchEveryMs;
    await exclusively(context.pool, 'sweep', () => searchLostJobs(context, places));
  };
  return every(everyMs, stopping, sweep, (error) => context.log.warn({ err: error }, 'sweep.failed'));
}

/** Redis carries the name of our epoch for as long as it keeps our jobs; without it, all that is owed is put in line. */
export async function repairLostRedis(context: Sweeping): Promise<void> {
  const { pool, redis, log } = context;
  const epoch = await queueEpoch(pool);
  if ((await readEpoch(redis)) === epoch) return;
  await exclusively(pool, 'sweep', async () => {
    if ((await readEpoch(redis)) === epoch) return;
    const since = await beginRepair(redis, epoch, await databaseTime(pool));
    const channels = [...context.queues];
    const counts = await Promise.all(
      channels.map(([channel, queue]) => enqueueAll(context, channel, queue, since)),
    );
    await writeEpoch(redis, epoch);
    log.warn({ rescued: counts.reduce((sum, count) => sum + count, 0) }, 'sweep.redis_was_empty');
  });
}

async function enqueueAll(
  { pool }: Sweeping,
  channel: string,
  queue: DeliveryQueue,
  since: number,
): Promise<number> {
  let count = 0;
  for (let after: string | null = null; ; ) {
    const rows: OwedDelivery[] = await owedPage(pool, channel, since, after, page);
    const [untouched, touched] = byTouch(rows);
    await putInLine(pool, queue, untouched);
    await giveOwnJobs(queue, touched);
    rescues.inc({ queue: queue.name, kind: 'redis_lost' }, rows.length);
    count += rows.length;
    if (rows.length < page) return count;
    after = rows.at(-1)?.id ?? null;
  }
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

export async function searchLostJobs(context: Sweeping, places: Places = new Map()): Promise<void> {
  // All at once: on a machine that is busy, waiting for one after the other would take too long.
  await Promise.all(
    [...context.queues].map(async ([channel, queue]) => {
      const rescued = await searchChannel(context, channel, queue, places);
      if (rescued > 0) context.log.warn({ channel, rescued }, 'sweep.rescued');
    }),
  );
}

async function searchChannel(
  context: Sweeping,
  channel: string,
  queue: DeliveryQueue,
  places: Places,
): Promise<number> {
  let rescued = 0;
  for (let looked = 0; looked < reach; looked += page) {
    // Each time anew: thousands are not rescued in a moment.
    const turn = await turnIn(context, queue);
    const after = places.get(channel) ?? null;
    const { late, last } = await lateIn(context.pool, channel, { after, limit: page, ...turn }, turn);
    if (last === null) places.delete(channel);
    else places.set(channel, last);
    const count = await rescue(context, queue, late);
    rescued += count;
    if (last === null) break;
    // Where there is one there may be thousands.
    if (count > 0) looked = 0;
  }
  return rescued;
}

/**
 * The queue is first in, first out: whoever stood in line well before the oldest job that still waits has no job, and
 * whoever was made well after it has not had a turn.
 */
async function turnIn({ redis }: Sweeping, queue: DeliveryQueue) {
  const { inLine, behind } = await oldestWaiting(redis, queue);
  const now = Date.now();
  const oldest = Math.min(now, inLine?.getTime() ?? now, behind?.getTime() ?? now);
  const madeBefore = inLine && new Date(inLine.getTime() + turnMarginMs);
  // As a duration, so that it does not matter whether our clock and that of Postgres agree.
  return { madeBefore, inLineMs: now - oldest + turnMarginMs, dueMs: graceMs };
}

async function rescue(
  { pool, redis }: Sweeping,
  queue: DeliveryQueue,
  late: OwedDelivery[],
): Promise<number> {
  const [passedOver, overdue] = byTouch(late);
  await putInLine(pool, queue, passedOver);
  rescues.inc({ queue: queue.name, kind: 'passed_over' }, passedOver.length);
  const ids = overdue.map(({ id }) => id);
  const lost = new Set(ids.length > 0 ? await withoutOwnJob(redis, queue, ids) : []);
  await giveOwnJobs(
    queue,
    overdue.filter(({ id }) => lost.has(id)),
  );
  rescues.inc({ queue: queue.name, kind: 'overdue' }, lost.size);
  return passedOver.length + lost.size;
}

function byTouch(rows: OwedDelivery[]): [untouched: OwedDelivery[], touched: OwedDelivery[]] {
  return [rows.filter(({ untouched }) => untouched), rows.filter(({ untouched }) => !untouched)];
}

async function putInLine(pool: Pool, queue: DeliveryQueue, rows: OwedDelivery[]): Promise<void> {
  if (rows.length === 0) return;
  // Marked first: a crash between the two is found again after the margin, the other way round it would be doubled.
  await markQueued(
    pool,
    rows.map(({ id }) => id),
  );
  await enqueueFound(queue, rows);
}

async function giveOwnJobs(queue: DeliveryQueue, rows: OwedDelivery[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ownJobs) {
    const some = rows.slice(at, at + ownJobs);
    await enqueueOwn(
      queue,
      some.map((row) => ({ ...row, delayMs: row.dueInMs, attempts: row.attemptsLeft })),
    );
  }
}

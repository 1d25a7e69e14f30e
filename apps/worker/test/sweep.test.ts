import { leaseDeliveries, queueEpoch } from '@signalbox/postgres';
import { enqueueFirst, enqueueOwn, readEpoch } from '@signalbox/redis';
import { type Places, repairLostRedis, searchLostJobs } from '../src/sweep.js';
import { type Bench, eventually, scripted, startBench } from './running-worker.js';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
  await repairLostRedis(bench);
});

afterEach(() => bench.stop());

/** Moves the moment at which deliveries were put in line into the past, as if time had gone by. */
function age(seconds: number) {
  return bench.pool.query(
    `update deliveries set queued_at = queued_at - $1 * interval '1 second',
       next_attempt_at = next_attempt_at - $1 * interval '1 second'`,
    [seconds],
  );
}

async function inLine(): Promise<string[]> {
  const jobs = await bench.queue.getJobs(['waiting', 'prioritized', 'delayed']);
  return jobs.flatMap(({ data }) => data.deliveries).toSorted();
}

const ids = (owed: { id: string }[]) => owed.map(({ id }) => id).toSorted();

test('an emptied Redis is noticed by its missing epoch, and all that is owed is put in line', async () => {
  const owed = await bench.owe(60);
  await enqueueFirst(bench.queue, owed);
  await bench.redis.flushdb();
  await repairLostRedis(bench);
  expect(await inLine()).toEqual(ids(owed));
  expect(await readEpoch(bench.redis)).toBe(await queueEpoch(bench.pool));

  await repairLostRedis(bench);
  await searchLostJobs(bench);
  expect(await inLine()).toEqual(ids(owed));
});

test('a retry that Redis forgot comes back with the delay it had left', async () => {
  const [owed] = await bench.owe();
  bench.start(scripted({ type: 'retry', reason: 'timeout' }), [60_000]);
  await enqueueFirst(bench.queue, [owed as { id: string; correlationId: string }]);
  await eventually(async () => (await bench.queue.getDelayedCount()) === 1);
  await bench.redis.flushdb();
  await repairLostRedis(bench);
  const [job] = await bench.queue.getDelayed();
  expect(job?.id).toBe(`d-${owed?.id}`);
  expect(job?.opts.delay).toBeGreaterThan(50_000);
});

test('a delivery whose job was never added is found once its turn has passed, and put in line once', async () => {
  const owed = await bench.owe(3);
  await searchLostJobs(bench);
  expect(await inLine()).toEqual([]);
  await age(20);
  await searchLostJobs(bench);
  await searchLostJobs(bench);
  expect(await inLine()).toEqual(ids(owed));
});

test('a backlog that merely waits is left alone, however old it is, also while the queue is paused', async () => {
  const owed = await bench.owe(100);
  await enqueueFirst(bench.queue, owed);
  await bench.queue.pause();
  await setTimestamps(Date.now() - 60_000);
  await age(60);
  await searchLostJobs(bench);
  await bench.queue.resume();
  await searchLostJobs(bench);
  expect(await inLine()).toEqual(ids(owed));
});

async function setTimestamps(timestamp: number) {
  for (const job of await bench.queue.getJobs(['waiting'])) {
    await bench.redis.hset(bench.queue.toKey(job.id as string), 'timestamp', timestamp);
  }
}

test('in front of a backlog, only what stood in line well before its oldest job is rescued', async () => {
  const lost = await bench.owe(2);
  await age(60);
  const waiting = await bench.owe(50);
  await enqueueFirst(bench.queue, waiting);
  await searchLostJobs(bench);
  expect(await inLine()).toEqual(ids([...lost, ...waiting]));
});

test('a delivery whose worker died gets a job of its own when its lease has run out, and just one', async () => {
  const owed = await bench.owe(2);
  await leaseDeliveries(bench.pool, ids(owed), 60_000);
  await searchLostJobs(bench);
  expect(await inLine()).toEqual([]);
  await bench.pool.query(`update deliveries set queued_at = now() - interval '1 minute',
    next_attempt_at = now() - interval '10 seconds'`);
  await searchLostJobs(bench);
  await searchLostJobs(bench);
  expect(await inLine()).toEqual(ids(owed));
  const jobs = await bench.queue.getJobs(['waiting']);
  expect(new Set(jobs.map(({ id }) => id))).toEqual(new Set(ids(owed).map((id) => `d-${id}`)));
});

test('two sweeps at the same time put nothing in line twice', async () => {
  const owed = await bench.owe(30);
  await bench.redis.flushdb();
  await Promise.all([repairLostRedis(bench), repairLostRedis(bench), repairLostRedis(bench)]);
  expect(await inLine()).toEqual(ids(owed));
});

test('of thousands that wait none is doubled, whether in line, found again, or for a retry; one lost among them is found', async () => {
  const retrying = await bench.owe(250);
  await bench.pool.query(`update deliveries set attempts_made = 1, queued_at = now() - interval '10 minutes',
    next_attempt_at = now() + interval '5 minutes'`);
  await enqueueOwn(
    bench.queue,
    retrying.map((owed) => ({ ...owed, delayMs: 300_000, attempts: 2 })),
  );
  const waiting = await bench.owe(2_500);
  await enqueueFirst(bench.queue, waiting);
  const [lost] = retrying;
  await bench.queue.remove(`d-${lost?.id}`);
  await searchAll();
  expect(await inLine()).toEqual(ids([...retrying.slice(1), ...waiting]));

  await bench.pool.query(`update deliveries set next_attempt_at = now() - interval '5 minutes'
    where attempts_made = 1`);
  await searchAll();
  await searchAll();
  expect(await inLine()).toEqual(ids([...retrying, ...waiting]));

  await bench.redis.flushdb();
  await repairLostRedis(bench);
  await searchAll();
  expect(await inLine()).toEqual(ids([...retrying, ...waiting]));
}, 60_000);

/** Searches from the oldest delivery to the last. */
async function searchAll() {
  const places: Places = new Map();
  do await searchLostJobs(bench, places);
  while (places.size > 0);
}

test('what comes while an emptied Redis is being repaired is not doubled, nor is what a broken repair had done', async () => {
  const owed = await bench.owe(2_500);
  await bench.redis.flushdb();
  const addBulk = bench.queue.addBulk.bind(bench.queue);
  const fresh: typeof owed = [];
  bench.queue.addBulk = async (jobs) => {
    bench.queue.addBulk = addBulk;
    await addBulk(jobs);
    fresh.push(...(await bench.owe(50)));
    await enqueueFirst(bench.queue, fresh);
    throw new Error('the worker dies here');
  };
  await expect(repairLostRedis(bench)).rejects.toThrow('dies here');
  await repairLostRedis(bench);
  expect(await inLine()).toEqual(ids([...owed, ...fresh]));
});

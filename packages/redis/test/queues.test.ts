import { randomUUID } from 'node:crypto';
import {
  beginRepair,
  connectCommands,
  connectWorker,
  DeadLetter,
  type DeliveryQueue,
  enqueueFirst,
  enqueueFound,
  enqueueOwn,
  heartbeat,
  oldestWaiting,
  openQueue,
  type Process,
  type Redis,
  readEpoch,
  signOff,
  TryLater,
  type Worker,
  withoutOwnJob,
  work,
  workersAlive,
  writeEpoch,
} from '../src/index.js';
import { type TestRedis, testRedis } from '../src/testing.js';

let server: TestRedis;
let redis: Redis;
let queue: DeliveryQueue;
let worker: Worker | undefined;

const rethrow = (error: Error) => {
  throw error;
};

beforeEach(async () => {
  server = await testRedis();
  redis = connectCommands(server.url, rethrow);
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  queue = openQueue(redis, 'test');
});

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  await queue.close();
  redis.disconnect();
  await server.drop();
});

function start(process: Process): Worker {
  const connection = connectWorker(server.url, rethrow);
  worker = work(connection, 'test', 4, process);
  worker.on('closed', () => connection.disconnect());
  return worker;
}

function items(count: number) {
  return Array.from({ length: count }, () => ({ id: randomUUID(), correlationId: 'request-1' }));
}

async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('60 deliveries travel in three jobs that name them and their correlation id', async () => {
  const wanted = items(60);
  await enqueueFirst(queue, wanted);
  const jobs = await queue.getJobs(['waiting']);
  expect(jobs.map(({ data }) => data.deliveries.length).toSorted((a, b) => b - a)).toEqual([25, 25, 10]);
  expect(jobs.flatMap(({ data }) => data.deliveries).toSorted()).toEqual(
    wanted.map(({ id }) => id).toSorted(),
  );
  expect(jobs[0]?.data.correlation_ids).toEqual(['request-1']);
});

test('a delivery has at most one job of its own, and one that failed makes room', async () => {
  const [item] = items(1) as [{ id: string; correlationId: string }];
  const own = { ...item, delayMs: 0, attempts: 1 };
  expect(await withoutOwnJob(redis, queue, [item.id])).toEqual([item.id]);
  await enqueueOwn(queue, [own, own]);
  await enqueueOwn(queue, [own]);
  expect(await queue.count()).toBe(1);
  expect(await withoutOwnJob(redis, queue, [item.id])).toEqual([]);

  start(async () => {
    throw new DeadLetter('gone');
  });
  await eventually(async () => (await queue.getFailedCount()) === 1);
  expect(await withoutOwnJob(redis, queue, [item.id])).toEqual([item.id]);
  expect(await queue.getFailedCount()).toBe(0);
});

test('TryLater waits as long as it says and counts as one attempt; a dead letter stays among the failed', async () => {
  const [item] = items(1) as [{ id: string; correlationId: string }];
  const starts: number[] = [];
  start(async () => {
    starts.push(Date.now());
    if (starts.length < 3) throw new TryLater('timeout', 120);
    throw new DeadLetter('timeout');
  });
  await enqueueOwn(queue, [{ ...item, delayMs: 0, attempts: 6 }]);
  await eventually(async () => (await queue.getFailedCount()) === 1);
  expect(starts).toHaveLength(3);
  expect((starts[1] as number) - (starts[0] as number)).toBeGreaterThanOrEqual(115);
  const [job] = await queue.getFailed();
  expect(job).toMatchObject({ id: `d-${item.id}`, attemptsMade: 3, failedReason: 'timeout' });
});

test('the oldest waiting jobs are known, also while the queue is paused; none when it is empty', async () => {
  expect(await oldestWaiting(redis, queue)).toEqual({ inLine: null, behind: null });
  const before = Date.now();
  await enqueueFirst(queue, items(1));
  const first = await oldestWaiting(redis, queue);
  expect(first.inLine?.getTime()).toBeGreaterThanOrEqual(before);
  expect(first.behind).toBeNull();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await enqueueFirst(queue, items(1));
  expect(await oldestWaiting(redis, queue)).toEqual(first);
  await queue.pause();
  expect(await oldestWaiting(redis, queue)).toEqual(first);
});

test('what was found again goes behind what comes new, the oldest first, many to a job', async () => {
  const found = items(60);
  await enqueueFound(queue, found);
  const { inLine, behind } = await oldestWaiting(redis, queue);
  expect([inLine, behind?.getTime()]).toEqual([null, expect.any(Number)]);
  const fresh = items(1);
  await enqueueFirst(queue, fresh);
  expect(await oldestWaiting(redis, queue)).toEqual({ inLine: expect.any(Date), behind });

  const taken: string[] = [];
  start(async (job) => void taken.push(...job.data.deliveries));
  await eventually(() => taken.length === 61);
  expect(taken).toEqual([...fresh, ...found].map(({ id }) => id));
});

test('a repair that is taken up again goes on from when the first one began', async () => {
  expect(await beginRepair(redis, 'epoch-1', 1_000)).toBe(1_000);
  expect(await beginRepair(redis, 'epoch-1', 2_000)).toBe(1_000);
  expect(await beginRepair(redis, 'epoch-2', 3_000)).toBe(3_000);
  await writeEpoch(redis, 'epoch-1');
  expect(await beginRepair(redis, 'epoch-1', 4_000)).toBe(4_000);
});

test('the epoch is there until Redis is emptied', async () => {
  expect(await readEpoch(redis)).toBeNull();
  await writeEpoch(redis, 'epoch-1');
  expect(await readEpoch(redis)).toBe('epoch-1');
  await redis.flushdb();
  expect(await readEpoch(redis)).toBeNull();
});

test('workers count while they give signs of life', async () => {
  const now = Date.now();
  await heartbeat(redis, 'a', now);
  await heartbeat(redis, 'b', now - 20_000);
  expect(await workersAlive(redis, now)).toBe(1);
  await signOff(redis, 'a');
  expect(await workersAlive(redis, now)).toBe(0);
});

import { randomUUID } from 'node:crypto';
import {
  connectCommands,
  connectWorker,
  type DeliveryQueue,
  enqueueFirst,
  enqueueFound,
  enqueueOwn,
  openQueue,
  promoteOwn,
  queueState,
  type Redis,
  TryLater,
  work,
} from '../src/index.js';
import { type TestRedis, testRedis } from '../src/testing.js';

let server: TestRedis;
let redis: Redis;
let queue: DeliveryQueue;

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
  await queue.close();
  redis.disconnect();
  await server.drop();
});

const item = () => ({ id: randomUUID(), correlationId: 'request-1' });

/** Makes a job older than it is. */
async function age(job: { id?: string | undefined } | undefined, ms: number) {
  await redis.hset(queue.toKey(job?.id as string), 'timestamp', Date.now() - ms);
}

test('an empty queue holds nothing, and nothing is due', async () => {
  expect(await queueState(redis, queue)).toEqual({
    jobs: { waiting: 0, active: 0, delayed: 0, failed: 0 },
    oldestDueMs: 0,
  });
});

test('what was found again waits as well, and may be what has waited the longest', async () => {
  await enqueueFirst(queue, [item()]);
  await enqueueFound(queue, [item()]);
  await enqueueFound(queue, [item()]);
  const [older, newer] = await queue.getPrioritized();
  await age(older, 60_000);
  await age(newer, 30_000);
  const { jobs, oldestDueMs } = await queueState(redis, queue);
  expect(jobs).toEqual({ waiting: 3, active: 0, delayed: 0, failed: 0 });
  expect(oldestDueMs).toBeGreaterThanOrEqual(60_000);
});

test('the oldest job that waits tells for how long, paused or not', async () => {
  await enqueueFirst(queue, [item()]);
  await enqueueFirst(queue, [item()]);
  const [older, newer] = await queue.getWaiting();
  await age(older, 60_000);
  await age(newer, 30_000);
  await queue.pause();
  const { jobs, oldestDueMs } = await queueState(redis, queue);
  expect(jobs).toEqual({ waiting: 2, active: 0, delayed: 0, failed: 0 });
  expect(oldestDueMs).toBeGreaterThanOrEqual(60_000);
  expect(oldestDueMs).toBeLessThan(70_000);
});

test('a job that is delayed is due when its delay is over, also if no worker lives to notice', async () => {
  await enqueueOwn(queue, [{ ...item(), delayMs: 60_000, attempts: 1 }]);
  expect(await queueState(redis, queue)).toMatchObject({ jobs: { delayed: 1 }, oldestDueMs: 0 });
  const [job] = await queue.getDelayed();
  await redis.zadd(queue.toKey('delayed'), (Date.now() - 5_000) * 0x1000, job?.id as string);
  const { oldestDueMs } = await queueState(redis, queue);
  expect(oldestDueMs).toBeGreaterThanOrEqual(5_000);
  expect(oldestDueMs).toBeLessThan(15_000);
});

test('a job that came out of its delay has waited since then, not since it was made', async () => {
  const { id, correlationId } = item();
  await enqueueOwn(queue, [{ id, correlationId, delayMs: 600_000, attempts: 1 }]);
  await age({ id: `d-${id}` }, 601_000);
  await promoteOwn(queue, [id]);
  const { jobs, oldestDueMs } = await queueState(redis, queue);
  expect(jobs).toMatchObject({ waiting: 1, delayed: 0 });
  expect(oldestDueMs).toBeGreaterThanOrEqual(1_000);
  expect(oldestDueMs).toBeLessThan(11_000);
});

test('of jobs that cannot tell, the first one behind them that can speaks for them', async () => {
  const early = item();
  await enqueueOwn(queue, [{ ...early, delayMs: 600_000, attempts: 1 }]);
  await promoteOwn(queue, [early.id]);
  expect(await queueState(redis, queue)).toMatchObject({ jobs: { waiting: 1 }, oldestDueMs: null });
  await enqueueFirst(queue, [item()]);
  const waiting = await queue.getWaiting();
  await age(
    waiting.find(({ name }) => name === 'first'),
    20_000,
  );
  const { oldestDueMs } = await queueState(redis, queue);
  expect(oldestDueMs).toBeGreaterThanOrEqual(20_000);
  expect(oldestDueMs).toBeLessThan(30_000);
});

test('a retry that waits does not count from its first attempt', async () => {
  const connection = connectWorker(server.url, rethrow);
  const worker = work(connection, 'test', 1, async () => {
    throw new TryLater('timeout', 600_000);
  });
  const retried = item();
  await enqueueOwn(queue, [{ ...retried, delayMs: 0, attempts: 2 }]);
  while ((await queue.getDelayedCount()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await worker.close();
  connection.disconnect();
  await age({ id: `d-${retried.id}` }, 600_000);
  await promoteOwn(queue, [retried.id]);
  expect(await queueState(redis, queue)).toMatchObject({ jobs: { waiting: 1 }, oldestDueMs: null });
});

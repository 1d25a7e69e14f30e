import { randomUUID } from 'node:crypto';
import {
  connectCommands,
  connectWorker,
  DeadLetter,
  type DeliveryQueue,
  enqueueOwn,
  openQueue,
  type Redis,
  removeOwnJobs,
  work,
} from '../src/index.js';
import { type TestRedis, testRedis } from '../src/testing.js';

let server: TestRedis;
let redis: Redis;
let queue: DeliveryQueue;

const ignore = () => undefined;

beforeAll(async () => {
  server = await testRedis();
  redis = connectCommands(server.url, ignore);
  queue = openQueue(redis, 'test');
  await queue.waitUntilReady();
});

afterAll(async () => {
  await queue.close();
  redis.disconnect();
  await server.drop();
});

async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('jobs that wait, are delayed or have failed are removed; one that runs stays, and a missing one is none', async () => {
  const [failed, running, waiting, delayed, missing] = Array.from({ length: 5 }, randomUUID) as [
    string,
    ...string[],
  ];
  const job = { correlationId: 'request-1', delayMs: 0, attempts: 1 };
  let finish: () => void = ignore;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const connection = connectWorker(server.url, ignore);
  const worker = work(connection, 'test', 1, ({ data }) =>
    data.deliveries.includes(failed) ? Promise.reject(new DeadLetter('timeout')) : finished,
  );
  for (const id of [failed, running, waiting]) await enqueueOwn(queue, [{ ...job, id: id as string }]);
  await enqueueOwn(queue, [{ ...job, id: delayed as string, delayMs: 60_000 }]);
  await eventually(async () => (await queue.getActiveCount()) === 1 && (await queue.getFailedCount()) === 1);

  await removeOwnJobs(redis, queue, [failed, running, waiting, delayed, missing] as string[]);
  expect(await queue.getJobCounts('failed', 'waiting', 'delayed', 'active')).toEqual({
    failed: 0,
    waiting: 0,
    delayed: 0,
    active: 1,
  });
  finish();
  await eventually(async () => (await queue.getActiveCount()) === 0);
  await worker.close();
  connection.disconnect();
});

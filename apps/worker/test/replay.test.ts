import { attemptsOf, cancel, type Owed, replay, replayMany } from '@signalbox/postgres';
import { enqueueFirst } from '@signalbox/redis';
import { repairLostRedis, searchLostJobs } from '../src/sweep.js';
import { type Bench, eventually, scripted, startBench } from './running-worker.js';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
  await repairLostRedis(bench);
});

afterEach(() => bench.stop());

const delivered = { type: 'delivered' } as const;
const timeout = { type: 'retry', reason: 'timeout' } as const;

/** Deliveries that have failed for good, with their dead letters. */
async function fail(count: number): Promise<string[]> {
  const owed = await bench.owe(count, 1);
  await enqueueFirst(bench.queue, owed);
  await eventually(async () => (await bench.queue.getFailedCount()) === count);
  return owed.map(({ id }) => id).toSorted();
}

/** As if so much time had gone by. */
function age(seconds: number) {
  return bench.pool.query(
    `update deliveries set queued_at = queued_at - $1 * interval '1 second',
       next_attempt_at = next_attempt_at - $1 * interval '1 second' where status = 'pending'`,
    [seconds],
  );
}

const until = (id: string, status: string) =>
  eventually(async () => (await bench.statusOf(id)).status === status);

test('replayed one at a time or in great numbers, and no job was added: the sweep sees to it', async () => {
  const send = scripted(timeout, delivered);
  bench.start(send);
  const ids = await fail(6);
  await replay(bench.pool, ids[0] as string);
  await replayMany(bench.pool, ids.slice(1), 5);
  await searchLostJobs(bench);
  expect(send.calls).toHaveLength(6);
  await age(20);
  await searchLostJobs(bench);
  for (const id of ids) await until(id, 'delivered');
  expect(send.calls).toHaveLength(12);
});

test('when Redis is emptied, what was replayed keeps its pace', async () => {
  bench.start(scripted(timeout));
  const ids = await fail(4);
  await replayMany(bench.pool, ids, 60_000);
  await bench.redis.flushdb();
  await repairLostRedis(bench);
  const jobs = await bench.queue.getDelayed();
  const minutes = jobs.map(({ delay }) => Math.ceil(delay / 60_000));
  expect(minutes.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
});

test.each([
  { what: 'and it does not arrive: it stays canceled', outcome: timeout, status: 'canceled' },
  {
    what: 'and it is refused: it stays canceled',
    outcome: { type: 'refused', reason: 'gone' },
    status: 'canceled',
  },
  { what: 'and it arrives: it is delivered', outcome: delivered, status: 'delivered' },
] as const)('canceled while it is sent, $what, with its attempt on record and nothing stuck', async (row) => {
  const [owed] = (await bench.owe(1)) as [Owed];
  const send = scripted(row.outcome);
  bench.start(async (delivery) => {
    await cancel(bench.pool, delivery.id, 'by_operator');
    return send(delivery);
  });
  await enqueueFirst(bench.queue, [owed]);
  await eventually(async () => (await attemptsOf(bench.pool, owed.id)).length === 1);
  const rest = ['wait', 'active', 'delayed', 'prioritized'] as const;
  await eventually(async () => (await bench.queue.getJobCountByTypes(...rest)) === 0);
  expect(await bench.statusOf(owed.id)).toMatchObject({ status: row.status, attempts_made: 1 });
  expect(send.calls).toHaveLength(1);
});

import { attemptsOf, whyNotLeased } from '@signalbox/postgres';
import { enqueueFirst } from '@signalbox/redis';
import { deliver } from '../src/deliver.js';
import { createDesk } from '../src/desk.js';
import { type Bench, eventually, scripted, startBench } from './running-worker.js';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.stop());

const delivered = { type: 'delivered' } as const;
const timeout = { type: 'retry', reason: 'timeout' } as const;

async function oweOne(maxAttempts?: number) {
  const [owed] = await bench.owe(1, maxAttempts);
  const id = owed?.id as string;
  await enqueueFirst(bench.queue, [{ id, correlationId: 'request-1' }]);
  return id;
}

const until = (id: string, status: string) =>
  eventually(async () => (await bench.statusOf(id)).status === status);

test('every delivery of a job is sent once, recorded and logged with its correlation id', async () => {
  const owed = await bench.owe(60);
  await enqueueFirst(bench.queue, owed);
  const send = scripted(delivered);
  bench.start(send);
  await eventually(
    () => bench.lines.filter(({ msg }) => msg === 'delivery.attempted').length === owed.length,
  );
  expect(send.calls).toHaveLength(60);
  for (const { id } of owed) {
    expect(await bench.statusOf(id)).toEqual({ status: 'delivered', attempts_made: 1, last_error: null });
  }
  expect(bench.lines.find(({ msg }) => msg === 'delivery.attempted')).toMatchObject({
    correlation_id: 'request-1',
    channel: 'test',
    attempt: 1,
    outcome: 'success',
    status_code: 200,
    recorded: true,
  });
});

test('what is not delivered is tried again after its delay, with a job of its own, each attempt on record', async () => {
  bench.start(scripted(timeout, timeout, delivered), [150, 150]);
  const id = await oweOne();
  await until(id, 'delivered');
  const attempts = await attemptsOf(bench.pool, id);
  expect(attempts.map(({ attempt, outcome, error }) => ({ attempt, outcome, error }))).toEqual([
    { attempt: 1, outcome: 'failed_attempt', error: 'timeout' },
    { attempt: 2, outcome: 'failed_attempt', error: 'timeout' },
    { attempt: 3, outcome: 'success', error: null },
  ]);
  const [first, second] = attempts.map(({ attempted_at }) => attempted_at.getTime());
  expect((second as number) - (first as number)).toBeGreaterThanOrEqual(130);
});

test.each([
  { what: 'retries used up', outcome: timeout, maxAttempts: 2, status: 'failed', attempts: 2 },
  { what: 'the only attempt allowed', outcome: timeout, maxAttempts: 1, status: 'failed', attempts: 1 },
  {
    what: 'refused',
    outcome: { type: 'refused', reason: 'timeout' } as const,
    maxAttempts: 3,
    status: 'refused',
    attempts: 1,
  },
])(
  '$what: $status, a dead letter among the failed jobs, and run again from there it gets one more attempt',
  async (row) => {
    const send = scripted(...Array(row.attempts).fill(row.outcome), delivered);
    bench.start(send);
    const id = await oweOne(row.maxAttempts);
    await until(id, row.status);
    await eventually(async () => (await bench.queue.getFailedCount()) === 1);
    const [job] = await bench.queue.getFailed();
    expect(job).toMatchObject({
      id: `d-${id}`,
      failedReason: 'timeout',
      data: { dead: { reason: 'timeout' } },
    });

    await job?.retry('failed');
    await until(id, 'delivered');
    expect(send.calls.map(({ attempt }) => attempt)).toEqual(
      Array.from({ length: row.attempts + 1 }, (_, n) => n + 1),
    );
    await eventually(async () => (await bench.queue.getFailedCount()) === 0);
  },
);

test('a dead letter that fails again is a dead letter again', async () => {
  bench.start(scripted(timeout));
  const id = await oweOne(1);
  for (const attempts of [1, 2, 3]) {
    await eventually(async () => {
      const [failed, { attempts_made }] = [await bench.queue.getFailedCount(), await bench.statusOf(id)];
      return failed === 1 && attempts_made === attempts;
    });
    await (await bench.queue.getFailed())[0]?.retry('failed');
  }
});

test('a bug of ours costs the delivery no attempt, and its neighbours nothing', async () => {
  const send = scripted(new TypeError('bug'), delivered);
  const flawless = scripted(delivered);
  const owed = await bench.owe(3);
  const [unlucky] = owed.map(({ id }) => id);
  bench.start((delivery) => (delivery.id === unlucky ? send(delivery) : flawless(delivery)), [20], 200);
  await enqueueFirst(bench.queue, owed);
  for (const { id } of owed) await until(id, 'delivered');
  expect(await bench.statusOf(unlucky as string)).toMatchObject({ attempts_made: 1 });
  expect(bench.lines.find(({ msg }) => msg === 'delivery.bug')).toMatchObject({ delivery_id: unlucky });
});

test('the same delivery in many jobs, on two workers, is sent once', async () => {
  const owed = await bench.owe(20);
  for (let time = 0; time < 5; time += 1) await enqueueFirst(bench.queue, owed);
  const send = scripted(delivered);
  bench.start(send);
  bench.start(send);
  for (const { id } of owed) await until(id, 'delivered');
  await eventually(
    async () => (await bench.queue.getActiveCount()) + (await bench.queue.getWaitingCount()) === 0,
  );
  expect(send.calls).toHaveLength(owed.length);
});

test('a job that names nothing we know ends in peace', async () => {
  bench.start(scripted(delivered));
  await enqueueFirst(bench.queue, [{ id: '01a1fc2d-0d83-7001-902a-439242d55013', correlationId: 'x' }]);
  await eventually(async () => (await bench.queue.getCompletedCount()) === 1);
});

test.each(['first', 'own'])(
  'when Redis cannot say whose turn it is, a delivery of a %s job is given back, not kept for all of its lease',
  async (name) => {
    const { pool, queue, log } = bench;
    const [owed] = await bench.owe(1);
    const id = owed?.id as string;
    const desk = createDesk(pool, queue, { ms: 60_000, inOrder: false }, new AbortController().signal, log);
    const away = () => Promise.reject(new Error('Redis is away'));
    const process = deliver({ desk, pool, log, turn: away, attempt: () => Promise.resolve(null) });
    const job = { name, data: { deliveries: [id], correlation_ids: ['request-1'] } };
    await expect(process(job as never, 'token')).rejects.toThrow('Redis is away');
    const why = await whyNotLeased(pool, id);
    expect(why?.status).toBe('pending');
    expect(why?.dueInMs).toBeLessThanOrEqual(1_000);
  },
);

import { newId } from '@signalbox/domain';
import { type FanOutKey, storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import { connectWorker, enqueueFanOuts, workFanOuts } from '@signalbox/redis';
import { fallBackAll } from '../src/fall-back.js';
import { fanOut } from '../src/fan-out.js';
import { rescueFanOuts } from '../src/sweep.js';
import { type Bench, channel, eventually, scripted, startBench } from './running-worker.js';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.stop());

const policy = { routeWarning: false, production: true, fallbackAfterMs: 60_000 };
const delivered = { type: 'delivered' } as const;

/** A theft at a store of its own with so many users, all of whom are told through the tests' channel. */
async function theft(users: number): Promise<FanOutKey> {
  const location = newId();
  await bench.pool.query('insert into stores (id, location, name) values ($1, $2, $2)', [newId(), location]);
  await bench.pool.query(
    `with people as (
       insert into users (id, name, channels)
       select gen_random_uuid(), 'someone', $2 from generate_series(1, $1) returning id
     )
     insert into memberships (store_id, user_id) select s.id, people.id from stores s, people where location = $3`,
    [users, JSON.stringify([{ channel, address: null, severities: null }]), location],
  );
  const item = { ...newSignal({ audience: { type: 'store', location } }, []), fanOut: true };
  const [stored] = await storeSignals(bench.pool, [item]);
  return { signalId: stored?.signalId ?? '', revision: 1 };
}

const count = async (condition: string) => {
  const { rows } = await bench.pool.query<{ n: number }>(
    `select count(*)::int as n from deliveries where ${condition}`,
  );
  return rows[0]?.n;
};

test('every user of a large store is told once', async () => {
  const key = await theft(1_200);
  const send = scripted(delivered);
  bench.start(send);
  const job = { signal_id: key.signalId, revision: 1 };
  expect(await fanOut(job, { ...bench, policy })).toEqual({ deliveries: 1_200, done: true });
  await eventually(async () => (await count(`status = 'delivered'`)) === 1_200);
  expect(send.calls).toHaveLength(1_200);
  expect(await fanOut(job, { ...bench, policy })).toEqual({ deliveries: 0, done: false });
});

test('a fan-out whose worker died is found by the sweep and finished, from where it had come to', async () => {
  await theft(700);
  await bench.pool.query(`update fan_outs set touched_at = now() - interval '1 minute'`);
  const connection = connectWorker(bench.redisUrl, () => undefined);
  const worker = workFanOuts(connection, (job) => fanOut(job, { ...bench, policy }));
  worker.on('error', () => undefined);
  await rescueFanOuts(bench);
  await eventually(async () => (await count('true')) === 700);
  await eventually(async () => (await bench.pool.query('select from fan_outs')).rowCount === 0);
  await worker.close();
  connection.disconnect();
});

test('a fan-out that is put in line twice is there once', async () => {
  const job = { signal_id: newId(), revision: 1 };
  await enqueueFanOuts(bench.fanOuts, [job]);
  await enqueueFanOuts(bench.fanOuts, [job, job]);
  expect(await bench.fanOuts.getJobCountByTypes('wait', 'delayed', 'prioritized')).toBe(1);
});

test('a delivery that fails for good hands over to the next channel, which has a job at once', async () => {
  const [owed] = await bench.owe(1, 1);
  const next = [{ channel, address: 'second' }];
  await bench.pool.query('update deliveries set fallback = $1, channel = $2', [
    JSON.stringify({ next, afterMs: null }),
    'broken',
  ]);
  await bench.pool.query(`update deliveries set status = 'failed', fallback_at = now()`);
  const send = scripted(delivered);
  bench.start(send);
  await fallBackAll({ ...bench, maxAttempts: 3 });
  await eventually(async () => (await count(`status = 'delivered' and address = 'second'`)) === 1);
  expect(await count(`fallback_of = '${owed?.id}'`)).toBe(1);
});

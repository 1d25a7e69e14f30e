import { eventually } from '../src/eventually.js';
import { type System, type SystemOptions, startSystem } from '../src/system.js';
import { alert, allDelivered, postAlert, query, sendMany, statuses, store, told } from './alerting.js';

const env = { RETRY_SCHEDULE: '1s,1s,1s', LOG_LEVEL: 'info' };
// A lease lasts as long as an attempt may take and five seconds more. Where nobody's lease is waited for, attempts have
// their usual time: on a busy machine a short one makes a timeout, and rightly a second attempt, of a slow answer.
const shortLeases = { env: { ...env, DELIVERY_TIMEOUT: '2s' } };
let system: System;

async function start(options: SystemOptions = {}) {
  system = await startSystem({ env, ...options });
}

afterEach(() => system.stop());

const storedSignals = async () => (await query(system, 'select id from signals')).length;

test('a worker killed while it delivers: another delivers', async () => {
  await start(shortLeases);
  system.receiver.respond(() => 'hang');
  await postAlert(system.apiUrl, alert());
  await eventually(() => system.receiver.requests.length === store.toldOfTheft);
  await system.workers[0]?.kill();
  system.receiver.respond(() => ({ status: 204 }));
  await system.workers[0]?.restart();
  await allDelivered(system, store.toldOfTheft);
  for (const times of told(system).values()) expect(times).toBe(2);
  const attempts = await query(system, 'select attempt from attempts');
  expect(attempts).toEqual([{ attempt: 1 }, { attempt: 1 }]);
}, 60_000);

test('a worker killed while it repeats an attempt: another does so soon after the lease', async () => {
  await start(shortLeases);
  system.receiver.respond(() =>
    system.receiver.requests.length <= store.toldOfTheft ? { status: 500 } : 'hang',
  );
  await postAlert(system.apiUrl, alert());
  await eventually(() => system.receiver.requests.length === 2 * store.toldOfTheft);
  await system.workers[0]?.kill();
  system.receiver.respond(() => ({ status: 204 }));
  await system.workers[0]?.restart();
  const delivered = async () => expect(await statuses(system)).toEqual({ delivered: store.toldOfTheft });
  await eventually(delivered, { timeoutMs: 24_000 });
}, 60_000);

test('a worker that is asked to stop while Redis is away does so in order', async () => {
  await start();
  await system.redis.kill();
  await eventually(() => system.workers[0]?.output().includes('redis.connection_lost') === true);
  expect(await system.workers[0]?.stop()).toBe('exit code 0');
}, 60_000);

test.each(['goes on', 'is asked to stop'])(
  'Postgres away while a receiver answers, and the worker %s: the result is kept until it can be recorded',
  async (what) => {
    await start({ ownPostgres: true });
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    system.receiver.respond(async () => {
      await held;
      return { status: 204 };
    });
    await postAlert(system.apiUrl, alert());
    await eventually(() => system.receiver.requests.length === store.toldOfTheft);
    await system.postgres.stop();
    const ending = what === 'goes on' ? null : system.workers[0]?.stop();
    answer();
    await eventually(() => system.workers[0]?.output().includes('postgres.away') === true);
    await system.postgres.start();
    if (ending) expect(await ending).toBe('exit code 0');
    await allDelivered(system, store.toldOfTheft);
    expect(await query(system, 'select attempt, outcome from attempts')).toEqual([
      { attempt: 1, outcome: 'success' },
      { attempt: 1, outcome: 'success' },
    ]);
  },
  60_000,
);

test('APIs and workers killed at random under load: what was answered 2xx arrives', async () => {
  await start({ ...shortLeases, workers: 2 });
  system.receiver.respond(() => ({ status: Math.random() < 0.1 ? 503 : 204, afterMs: 20 }));
  const sending = sendMany(system.apiUrl, 800);
  for (const enough of [100, 300, 500]) {
    await eventually(async () => (await storedSignals()) > enough);
    await system.workers[enough % 200 === 100 ? 0 : 1]?.kill();
    await system.apis[0]?.kill();
    await system.apis[0]?.restart();
    await system.workers[enough % 200 === 100 ? 0 : 1]?.restart();
  }
  const uuids = await sending;
  await eventually(
    async () => {
      const { delivered = 0, failed = 0, pending = 0 } = await statuses(system);
      expect({ ended: delivered + failed, pending }).toEqual({
        ended: uuids.length * store.toldOfTheft,
        pending: 0,
      });
    },
    { timeoutMs: 60_000 },
  );
  expect(told(system).size).toBe(uuids.length * store.toldOfTheft);
}, 120_000);

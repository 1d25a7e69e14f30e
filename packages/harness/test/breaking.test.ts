import { eventually } from '../src/eventually.js';
import { type System, type SystemOptions, startSystem } from '../src/system.js';
import { alert, postAlert, query, sendMany, statuses, store, told } from './alerting.js';

const env = { RETRY_SCHEDULE: '1s,1s,1s', LOG_LEVEL: 'info' };
// A lease lasts as long as an attempt may take and five seconds more. Where nobody's lease is waited for, attempts have
// their usual time: on a busy machine a short one makes a timeout, and rightly a second attempt, of a slow answer.
const shortLeases = { env: { ...env, DELIVERY_TIMEOUT: '2s' } };
const soon = { timeoutMs: 30_000 };
let system: System;

async function start(options: SystemOptions = {}) {
  system = await startSystem({ env, ...options });
}

afterEach(() => system.stop());

const storedSignals = async () => (await query(system, 'select id from signals')).length;

async function allDelivered(deliveries: number) {
  await eventually(async () => expect(await statuses(system)).toEqual({ delivered: deliveries }), soon);
}

test('a worker killed while it delivers: another delivers', async () => {
  await start(shortLeases);
  system.receiver.respond(() => 'hang');
  await postAlert(system.apiUrl, alert());
  await eventually(() => system.receiver.requests.length === store.toldOfTheft);
  await system.workers[0]?.kill();
  system.receiver.respond(() => ({ status: 204 }));
  await system.workers[0]?.restart();
  await allDelivered(store.toldOfTheft);
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

test('Redis emptied under load: everything owed arrives, and nobody is told twice for it', async () => {
  await start();
  system.receiver.respond(() => ({ status: 204, afterMs: 100 }));
  const sending = sendMany(system.apiUrl, 600);
  await eventually(async () => (await storedSignals()) > 150);
  await system.redis.flush();
  await eventually(async () => (await storedSignals()) > 350);
  await system.redis.flush();
  const uuids = await sending;
  await allDelivered(uuids.length * store.toldOfTheft);
  const counts = told(system);
  expect(counts.size).toBe(uuids.length * store.toldOfTheft);
  expect(Math.max(...counts.values())).toBe(1);
}, 90_000);

test('an API killed between store and enqueue: delivered, and the sender’s next try is a duplicate', async () => {
  await start();
  const body = alert();
  // Redis answers nobody, so the API stands right between the two; what it was sent dies with it.
  system.redis.pause();
  const answer = postAlert(system.apiUrl, body);
  await eventually(async () => (await storedSignals()) === 1, { everyMs: 5 });
  await system.apis[0]?.kill();
  await system.redis.kill();
  await system.redis.restart();
  expect((await answer).status).toBe(0);
  await system.apis[0]?.restart();
  expect((await postAlert(system.apiUrl, body)).body).toEqual({ received: true, deduped: true });
  await allDelivered(store.toldOfTheft);
  expect([...told(system).values()]).toEqual([1, 1]);
}, 60_000);

test('Redis down: accepted all the same, and delivered when it is back', async () => {
  await start();
  await system.redis.kill();
  const uuids = await sendMany(system.apiUrl, 50);
  await system.redis.restart();
  await allDelivered(uuids.length * store.toldOfTheft);
  expect(Math.max(...told(system).values())).toBe(1);
}, 60_000);

test('a worker that is asked to stop while Redis is away does so in order', async () => {
  await start();
  await system.redis.kill();
  await eventually(() => system.workers[0]?.output().includes('redis.connection_lost') === true);
  expect(await system.workers[0]?.stop()).toBe('exit code 0');
}, 60_000);

test('API and worker started while Redis is away find it when it comes', async () => {
  await start();
  await system.redis.kill();
  await system.workers[0]?.kill();
  await system.apis[0]?.restart();
  await system.workers[0]?.restart();
  expect((await postAlert(system.apiUrl, alert())).status).toBe(202);
  await system.redis.restart();
  await allDelivered(store.toldOfTheft);
  expect((await postAlert(system.apiUrl, alert())).status).toBe(202);
  await allDelivered(2 * store.toldOfTheft);
}, 60_000);

test('Postgres down: 503 with Retry-After, and the same signal is accepted when it is back', async () => {
  await start({ ownPostgres: true });
  await system.postgres.stop();
  const body = alert();
  const refused = await postAlert(system.apiUrl, body);
  expect([refused.status, refused.body.reason]).toEqual([503, 'unavailable']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await system.postgres.start();
  await eventually(async () => (await postAlert(system.apiUrl, body)).status === 202);
  await allDelivered(store.toldOfTheft);
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
    await allDelivered(store.toldOfTheft);
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

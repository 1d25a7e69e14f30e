import { eventually } from '../src/eventually.js';
import { type System, type SystemOptions, startSystem } from '../src/system.js';
import { alert, allDelivered, postAlert, query, sendMany, store, told } from './alerting.js';

const env = { RETRY_SCHEDULE: '1s,1s,1s', LOG_LEVEL: 'info' };
let system: System;

async function start(options: SystemOptions = {}) {
  system = await startSystem({ env, ...options });
}

afterEach(() => system.stop());

const storedSignals = async () => (await query(system, 'select id from signals')).length;

test('Redis emptied under load: everything owed arrives, and nobody is told twice for it', async () => {
  await start();
  system.receiver.respond(() => ({ status: 204, afterMs: 100 }));
  const sending = sendMany(system.apiUrl, 600);
  await eventually(async () => (await storedSignals()) > 150);
  await system.redis.flush();
  await eventually(async () => (await storedSignals()) > 350);
  await system.redis.flush();
  const uuids = await sending;
  await allDelivered(system, uuids.length * store.toldOfTheft);
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
  await allDelivered(system, store.toldOfTheft);
  expect([...told(system).values()]).toEqual([1, 1]);
}, 60_000);

test('Redis down: accepted all the same, and delivered when it is back', async () => {
  await start();
  await system.redis.kill();
  const uuids = await sendMany(system.apiUrl, 50);
  await system.redis.restart();
  await allDelivered(system, uuids.length * store.toldOfTheft);
  expect(Math.max(...told(system).values())).toBe(1);
}, 60_000);

test('API and worker started while Redis is away find it when it comes', async () => {
  await start();
  await system.redis.kill();
  await system.workers[0]?.kill();
  await system.apis[0]?.restart();
  await system.workers[0]?.restart();
  expect((await postAlert(system.apiUrl, alert())).status).toBe(202);
  await system.redis.restart();
  await allDelivered(system, store.toldOfTheft);
  expect((await postAlert(system.apiUrl, alert())).status).toBe(202);
  await allDelivered(system, 2 * store.toldOfTheft);
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
  await allDelivered(system, store.toldOfTheft);
}, 60_000);

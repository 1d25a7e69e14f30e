import { newId, onCall } from '@signalbox/domain';
import { addPartner, addSubscription, storeSignals } from '@signalbox/postgres';
import { newSignal, testDatabase } from '@signalbox/postgres/testing';
import { testRedis } from '@signalbox/redis/testing';
import { createLog, metrics } from '@signalbox/runtime';
import { parseExposition, sampleOf } from '@signalbox/runtime/testing';
import { readConfig } from '../src/config.js';
import { putInQueues } from '../src/put-in-queues.js';
import { openResources } from '../src/resources.js';
import { serveAll } from '../src/serve.js';
import { eventually } from './running-worker.js';

test('the attempts at a dead target count for its partner, and its breaker opens once', async () => {
  const [database, server] = await Promise.all([testDatabase(), testRedis()]);
  const config = readConfig({
    DATABASE_URL: database.url,
    REDIS_URL: server.url,
    WORKER_QUEUES: 'deliver-webhook',
    RETRY_SCHEDULE: '10m',
  });
  const lines: { msg: string; channel?: string }[] = [];
  const log = createLog('worker', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  const stopping = new AbortController();
  const resources = openResources(config, log);
  await Promise.all([...resources.queues.values()].map((queue) => queue.waitUntilReady()));
  const workers = serveAll({ ...resources, config, log, stopping: stopping.signal });

  const [partner, id] = [newId(), newId()];
  await addPartner(resources.pool, { id: partner, name: 'Somebody' });
  await addSubscription(resources.pool, { id, url: 'http://127.0.0.1:1/hook', partnerId: partner }, []);
  const target = { ...onCall, channel: 'webhook', target: id };
  for (let failures = 1; failures <= 5; failures += 1) {
    const [stored] = await storeSignals(resources.pool, [newSignal({}, [target])]);
    await putInQueues(stored?.owed ?? [], resources.queues, log);
    await eventually(() => lines.filter(({ msg }) => msg === 'delivery.attempted').length === failures);
  }

  const read = async () => parseExposition(await metrics.metrics());
  // Redis is asked about the breaker once the attempt is on record.
  const opened = { change: 'opened' };
  await eventually(async () => sampleOf(await read(), 'signalbox_target_changes_total', opened) === 1);
  const families = await read();
  const duration = 'signalbox_partner_attempt_duration_seconds_count';
  expect(sampleOf(families, duration, { partner })).toBe(5);
  expect(sampleOf(families, 'signalbox_partner_failed_attempts_total', { partner })).toBe(5);
  const refused = { channel: 'webhook', outcome: 'failed_attempt', reason: 'connection_refused' };
  expect(sampleOf(families, 'signalbox_delivery_attempts_total', refused)).toBe(5);

  stopping.abort();
  await Promise.all(workers.map((worker) => worker.close()));
  await resources.close();
  await Promise.all([database.drop(), server.drop()]);
});

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { newId, onCall } from '@signalbox/domain';
import { addSubscription, storeSignals } from '@signalbox/postgres';
import { newSignal, testDatabase } from '@signalbox/postgres/testing';
import { testRedis } from '@signalbox/redis/testing';
import { createLog } from '@signalbox/runtime';
import { readConfig } from '../src/config.js';
import { putInQueues } from '../src/put-in-queues.js';
import { openResources } from '../src/resources.js';
import { serveAll } from '../src/serve.js';
import { eventually } from './running-worker.js';

test('a subscription that came to name a private target is refused, and not connected to', async () => {
  let connections = 0;
  const receiver = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;

  const [database, server] = await Promise.all([testDatabase(), testRedis()]);
  const urls = { DATABASE_URL: database.url, REDIS_URL: server.url };
  const env = { ...urls, WORKER_QUEUES: 'deliver-webhook', ALLOW_PRIVATE_TARGETS: 'false' };
  const config = readConfig(env);
  const lines: { msg: string }[] = [];
  const log = createLog('worker', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  const stopping = new AbortController();
  const resources = openResources(config, log);
  await Promise.all([...resources.queues.values()].map((queue) => queue.waitUntilReady()));
  const workers = serveAll({ ...resources, config, log, stopping: stopping.signal });

  const id = newId();
  await addSubscription(resources.pool, { id, url: `http://127.0.0.1:${port}/hook` }, []);
  const target = { ...onCall, channel: 'webhook', target: id };
  const [stored] = await storeSignals(resources.pool, [newSignal({}, [target])]);
  await putInQueues(stored?.owed ?? [], resources.queues, log);
  const attempted = () => lines.find(({ msg }) => msg === 'delivery.attempted');
  await eventually(() => attempted() !== undefined);
  expect(attempted()).toMatchObject({ reason: 'forbidden_target', next_attempt_in_ms: null });
  expect(connections).toBe(0);

  stopping.abort();
  await Promise.all(workers.map((worker) => worker.close()));
  await resources.close();
  await Promise.all([database.drop(), server.drop(), once(receiver.close(), 'close')]);
});

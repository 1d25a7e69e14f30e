import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '@signalbox/harness/processes';
import { startRedis } from '@signalbox/harness/redis-server';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { closing } from '../closing.js';
import type { Stage } from '../stage.js';
import type { Send } from './load.js';
import { type PlainJob, plainQueue } from './plain-queue.js';
import type { System } from './system.js';

/** Starts a Redis and a plain BullMQ worker, lets `use` send through them, and stops them. */
export async function onPlainSystem<Result>(
  stage: Stage,
  receiversUrl: string,
  use: (system: System) => Promise<Result>,
): Promise<Result> {
  const toClose = closing();
  stage.closing.add(toClose.closeAll);
  const home = join(stage.directory, 'plain');
  await rm(home, { recursive: true, force: true });
  try {
    const redis = await startRedis({ dataDir: join(home, 'redis') });
    toClose.add(redis.stop);
    const worker = await startWorker(home, redis.url);
    toClose.add(worker.kill);
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    toClose.add(async () => connection.disconnect());
    const queue = new Queue<PlainJob>(plainQueue, { connection });
    toClose.add(() => queue.close());
    const trees = { worker: worker.pid, redis: redis.pid };
    return await use({ name: 'plain BullMQ', send: sender(queue, receiversUrl), trees, isIsolating: false });
  } finally {
    await toClose.closeAll();
  }
}

function startWorker(home: string, redisUrl: string) {
  return startChild({
    name: 'plain worker',
    command: process.execPath,
    args: [fileURLToPath(new URL('./plain-worker.js', import.meta.url))],
    env: { PATH: process.env.PATH, NODE_ENV: 'production', REDIS_URL: redisUrl },
    output: { file: join(home, 'worker.log') },
    ipc: true,
  });
}

function sender(queue: Queue<PlainJob>, receiversUrl: string): Send {
  const options = { attempts: 6, backoff: { type: 'exponential', delay: 10_000 }, removeOnComplete: true };
  return async (path, message) => {
    await queue.add('deliver', { url: receiversUrl + path, message }, options);
    return true;
  };
}

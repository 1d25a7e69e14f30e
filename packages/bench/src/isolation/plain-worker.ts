import axios from 'axios';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { setting } from '../naive/settings.js';
import { type PlainJob, plainQueue } from './plain-queue.js';

// As the manual of BullMQ has it: one queue, one worker, whatever throws is tried again.
const worker = new Worker<PlainJob>(
  plainQueue,
  async ({ data: { url, message } }) => void (await axios.post(url, message, { timeout: 10_000 })),
  { connection: new Redis(setting('REDIS_URL'), { maxRetriesPerRequest: null }), concurrency: 100 },
);
worker.on('error', (error) => process.stderr.write(`${error.message}\n`));

// Whoever hangs would be waited for.
process.once('disconnect', () => process.exit(0));

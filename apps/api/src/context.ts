import type { Pool } from '@signalbox/postgres';
import type { PollQueue, Redis } from '@signalbox/redis';
import type { Log } from '@signalbox/runtime';
import type { Config } from './config.js';
import type { Queues } from './enqueue.js';
import type { Gateway } from './gateway.js';

/** What the routes are given. */
export interface Context {
  config: Config;
  log: Log;
  pool: Pool;
  redis: Redis;
  queues: Queues;
  polls: PollQueue;
  gateway: Gateway;
}

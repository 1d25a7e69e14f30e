import { hostname } from 'node:os';
import { type Channel, channelNames } from '@signalbox/channels';
import { createHttp, type Http } from '@signalbox/channels/http';
import { connect, type Pool } from '@signalbox/postgres';
import {
  connectCommands,
  connectWorker,
  type DeliveryWorker,
  heartbeat,
  openPollQueue,
  openQueue,
  type PollQueue,
  type Redis,
  reserveSlot,
  schedulePolls,
  signOff,
  work,
  workPolls,
} from '@signalbox/redis';
import { configOrExit, createLog, type Log, stopOnSignal } from '@signalbox/runtime';
import { attempt } from './attempt.js';
import { type Config, readConfig } from './config.js';
import { deliver } from './deliver.js';
import { createDesk } from './desk.js';
import { every } from './every.js';
import { maintainUntil } from './maintenance.js';
import { pollAll } from './poll.js';
import { type AllQueues, sweepUntil } from './sweep.js';

/** What is left of a lease when an attempt has taken all its time: for recording it. Unit: ms. */
const leaseMarginMs = 5_000;
const heartbeatMs = 1_000;
/** How soon the schedule is there again after Redis lost it. Unit: ms. */
const scheduleCheckMs = 5_000;

start(configOrExit(readConfig));

function start(config: Config): void {
  const log = createLog('worker', config.LOG_LEVEL);
  const pool = connect(config.DATABASE_URL, 10, (error) =>
    log.warn({ err: error }, 'postgres.connection_lost'),
  );
  const lost = (error: Error) => log.warn({ err: error }, 'redis.connection_lost');
  const redis = connectCommands(config.REDIS_URL, lost);
  const jobs = connectWorker(config.REDIS_URL, lost);
  const queues = new Map(channelNames.map((channel) => [channel, openQueue(redis, channel)]));
  for (const queue of queues.values()) queue.on('error', (error) => log.debug({ err: error }, 'queue.error'));
  const http = createHttp({ timeoutMs: config.DELIVERY_TIMEOUT });

  const stopping = new AbortController();
  const wiring = { config, log, pool, redis, jobs, queues, http, stopping: stopping.signal };
  const polls = openPollQueue(redis);
  polls.on('error', (error) => log.debug({ err: error }, 'queue.error'));
  const workers = [
    ...config.channels.map((channel) => serve(channel, wiring)),
    ...(config.polls ? [servePolls(wiring)] : []),
  ];
  const background = [
    sweepUntil(stopping.signal, { pool, redis, queues, log }),
    maintainUntil(stopping.signal, pool, config.LOG_RETENTION_HOURS, log),
    live(redis, stopping.signal, log),
    keepSchedule(polls, wiring),
  ];
  log.info(
    { queues: workers.map(({ name }) => name), concurrency: config.WORKER_CONCURRENCY },
    'worker.started',
  );

  stopOnSignal(log, async () => {
    stopping.abort();
    await Promise.all(workers.map((worker) => worker.close()));
    await Promise.all(background);
    jobs.disconnect();
    redis.disconnect();
    await Promise.all([polls, ...queues.values()].map((queue) => queue.close()));
    await Promise.all([http.close(), pool.end()]);
  });
}

interface Wiring {
  config: Config;
  log: Log;
  pool: Pool;
  redis: Redis;
  jobs: Redis;
  queues: AllQueues;
  http: Http;
  stopping: AbortSignal;
}

function serve(channel: Channel, wiring: Wiring): DeliveryWorker {
  const { config, log, pool, redis, jobs, queues, http, stopping } = wiring;
  const settings = config.settings[channel.name] as never;
  const send = channel.open(settings, http);
  const limit = channel.limit?.(settings) ?? null;
  const queue = queues.get(channel.name);
  if (!queue) throw new Error(`channel ${channel.name} has no queue`);
  const lease = { ms: config.DELIVERY_TIMEOUT + leaseMarginMs, inOrder: channel.inOrder === true };
  const desk = createDesk(pool, queue, lease, stopping, log);
  const one = deliver({
    desk,
    pool,
    log,
    attempt: (delivery) => attempt(delivery, send, config.RETRY_SCHEDULE, desk, log),
    reserve: limit ? () => reserveSlot(redis, limit) : undefined,
  });
  const worker = work(jobs, channel.name, config.WORKER_CONCURRENCY, one);
  worker.on('error', (error) => log.warn({ err: error, queue: worker.name }, 'queue.error'));
  return worker;
}

function servePolls({ config, log, pool, jobs, queues }: Wiring): DeliveryWorker {
  const polling = {
    pool,
    queues,
    log,
    settings: config,
    paging: config.paging,
    schedule: config.RETRY_SCHEDULE,
  };
  const worker = workPolls(jobs, () => pollAll(polling));
  worker.on('error', (error) => log.warn({ err: error, queue: worker.name }, 'queue.error'));
  return worker;
}

function keepSchedule(polls: PollQueue, { config, log, stopping }: Wiring): Promise<void> {
  const keep = () =>
    config.polls ? schedulePolls(polls, config.STATUS_POLL_SECONDS * 1_000) : Promise.resolve();
  return every(scheduleCheckMs, stopping, keep, (error) => log.debug({ err: error }, 'schedule.failed'));
}

async function live(redis: Redis, stopping: AbortSignal, log: Log): Promise<void> {
  const name = `${hostname()}:${process.pid}`;
  const away = (error: unknown) => log.debug({ err: error }, 'heartbeat.failed');
  const beat = () => heartbeat(redis, name);
  // At once when Redis is there, so that nobody takes us for absent while we work already.
  redis.on('ready', () => void beat().catch(away));
  await every(heartbeatMs, stopping, beat, away);
  await signOff(redis, name).catch(away);
}

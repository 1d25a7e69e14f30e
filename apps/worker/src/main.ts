import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { developmentKey, maxAttempts } from '@signalbox/domain';
import { postgresComplaint } from '@signalbox/postgres';
import { heartbeat, lookAtRedis, type Redis, schedulePolls, signOff, traceJobs } from '@signalbox/redis';
import {
  configOrExit,
  createLog,
  type Log,
  startTracing,
  stopOnSignal,
  stopTracing,
  tellOfServers,
} from '@signalbox/runtime';
import { type Config, readConfig } from './config.js';
import { disableFailingUntil } from './disabling.js';
import { every } from './every.js';
import { fallBackUntil } from './fall-back.js';
import { maintainUntil } from './maintenance.js';
import { grantsReading } from './metrics-access.js';
import { serveMetrics } from './metrics-server.js';
import { releaseUntil } from './releasing.js';
import { openResources } from './resources.js';
import { serveAll, type Wiring } from './serve.js';
import { sweepUntil } from './sweep.js';

/**
 * For so long what is under way may be finished. Asked to stop while Redis is away, BullMQ waits for ever for a connection,
 * with nothing under way; the rest has to be closed within the 25 s a process has. Unit: ms.
 */
const finishMs = 20_000;
const heartbeatMs = 1_000;
/** How soon the schedule is there again after Redis lost it. Unit: ms. */
const scheduleCheckMs = 5_000;

await start(configOrExit(readConfig));

async function start(config: Config): Promise<void> {
  const log = createLog('worker', config.LOG_LEVEL);
  if (config.ENCRYPTION_KEY.some(({ id }) => id === developmentKey.id))
    log.warn('encryption_key.openly_known');
  if (await startTracing('signalbox-worker', config, log)) traceJobs();
  void tellOfServers(log, postgresComplaint(config.DATABASE_URL, true), lookAtRedis(config.REDIS_URL));
  const resources = openResources(config, log);
  const stopping = new AbortController();
  const wiring = { ...resources, config, log, stopping: stopping.signal };
  const workers = serveAll(wiring);
  const background = lookAfter(wiring);
  const { METRICS_PORT: port, METRICS_HOST: host } = config;
  const mayRead = (authorization?: string) => grantsReading(authorization, config.API_KEYS, resources.pool);
  const stopMetrics = port === undefined ? null : serveMetrics(port, host, mayRead, log);
  log.info(
    { queues: workers.map(({ name }) => name), concurrency: config.WORKER_CONCURRENCY },
    'worker.started',
  );

  stopOnSignal(log, async () => {
    stopping.abort();
    const closed = Promise.all(workers.map((worker) => worker.close()));
    await Promise.race([closed, sleep(finishMs, undefined, { ref: false })]);
    await Promise.all(background);
    await resources.close();
    await stopMetrics?.();
    await stopTracing();
  });
}

/** What is done every moment, whether or not there are jobs. */
function lookAfter(wiring: Wiring): Promise<void>[] {
  const { config, log, pool, redis, stopping } = wiring;
  const retention = {
    attemptHours: config.LOG_RETENTION_HOURS,
    rejectedDays: config.REJECTED_RETENTION_DAYS,
  };
  return [
    sweepUntil(stopping, wiring),
    releaseUntil(stopping, wiring),
    fallBackUntil(stopping, { ...wiring, maxAttempts: maxAttempts(config.RETRY_SCHEDULE) }),
    disableFailingUntil(stopping, { ...wiring, policy: config.policy, schedule: config.RETRY_SCHEDULE }),
    maintainUntil(stopping, pool, retention, log),
    live(redis, stopping, log),
    keepSchedule(wiring),
  ];
}

function keepSchedule({ polls, config, log, stopping }: Wiring): Promise<void> {
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

import { hostname } from 'node:os';
import { developmentKey, maxAttempts } from '@signalbox/domain';
import { heartbeat, type Redis, schedulePolls, signOff } from '@signalbox/redis';
import { configOrExit, createLog, type Log, stopOnSignal } from '@signalbox/runtime';
import { type Config, readConfig } from './config.js';
import { disableFailingUntil } from './disabling.js';
import { every } from './every.js';
import { fallBackUntil } from './fall-back.js';
import { maintainUntil } from './maintenance.js';
import { serveMetrics } from './metrics-server.js';
import { releaseUntil } from './releasing.js';
import { openResources } from './resources.js';
import { serveAll, type Wiring } from './serve.js';
import { sweepUntil } from './sweep.js';

const heartbeatMs = 1_000;
/** How soon the schedule is there again after Redis lost it. Unit: ms. */
const scheduleCheckMs = 5_000;

start(configOrExit(readConfig));

function start(config: Config): void {
  const log = createLog('worker', config.LOG_LEVEL);
  if (config.ENCRYPTION_KEY.some(({ id }) => id === developmentKey.id))
    log.warn('encryption_key.openly_known');
  const resources = openResources(config, log);
  const stopping = new AbortController();
  const wiring = { ...resources, config, log, stopping: stopping.signal };
  const workers = serveAll(wiring);
  const background = lookAfter(wiring);
  const { METRICS_PORT: port, METRICS_HOST: host } = config;
  const stopMetrics = port === undefined ? null : serveMetrics(port, host, log);
  log.info(
    { queues: workers.map(({ name }) => name), concurrency: config.WORKER_CONCURRENCY },
    'worker.started',
  );

  stopOnSignal(log, async () => {
    stopping.abort();
    await Promise.all(workers.map((worker) => worker.close()));
    await Promise.all(background);
    await resources.close();
    await stopMetrics?.();
  });
}

/** What is done every moment, whether or not there are jobs. */
function lookAfter(wiring: Wiring): Promise<void>[] {
  const { config, log, pool, redis, stopping } = wiring;
  return [
    sweepUntil(stopping, wiring),
    releaseUntil(stopping, wiring),
    fallBackUntil(stopping, { ...wiring, maxAttempts: maxAttempts(config.RETRY_SCHEDULE) }),
    disableFailingUntil(stopping, { ...wiring, policy: config.policy, schedule: config.RETRY_SCHEDULE }),
    maintainUntil(stopping, pool, config.LOG_RETENTION_HOURS, log),
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

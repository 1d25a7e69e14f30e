import { channelNames, type Tools } from '@signalbox/channels';
import { createHttp } from '@signalbox/channels/http';
import { createEnvelope, type Envelope } from '@signalbox/domain';
import { openTransformer, type Transformer, usualLimits } from '@signalbox/jsonata';
import { connect, type Pool } from '@signalbox/postgres';
import {
  connectCommands,
  connectWorker,
  type FanOutQueue,
  onChange,
  openFanOutQueue,
  openPollQueue,
  openQueue,
  type PollQueue,
  type Redis,
} from '@signalbox/redis';
import { type Log, traceParent } from '@signalbox/runtime';
import type { Config } from './config.js';
import type { AllQueues } from './put-in-queues.js';
import { createSubscribers, type Subscribers } from './subscribers.js';

/** Everything outside that this process holds on to. */
export interface Resources {
  pool: Pool;
  redis: Redis;
  /** The connection that waits for jobs. */
  jobs: Redis;
  queues: AllQueues;
  fanOuts: FanOutQueue;
  polls: PollQueue;
  tools: Tools;
  transformer: Transformer;
  envelope: Envelope;
  subscribers: Subscribers;
  /** Lets go of all of it, once nothing uses it any more. */
  close(): Promise<void>;
}

export function openResources(config: Config, log: Log): Resources {
  const lost = (error: Error) => log.warn({ err: error }, 'redis.connection_lost');
  const pool = connect(config.DATABASE_URL, 10, (error) =>
    log.warn({ err: error }, 'postgres.connection_lost'),
  );
  const redis = connectCommands(config.REDIS_URL, lost);
  const jobs = connectWorker(config.REDIS_URL, lost);
  const all = openQueues(redis, log);
  const timeoutMs = config.DELIVERY_TIMEOUT;
  const http = createHttp({ timeoutMs, targets: config.targets, traceParent });
  const operatorHttp = createHttp({ timeoutMs, traceParent });
  const transformer = openTransformer(usualLimits);
  const envelope = createEnvelope(config.ENCRYPTION_KEY);
  const subscribers = createSubscribers(pool, envelope);
  const stopListening = onChange(config.REDIS_URL, subscribers.forget, (error) =>
    log.debug({ err: error }, 'redis.connection_lost'),
  );
  const closers: (() => void | Promise<void>)[] = [() => http.close(), () => operatorHttp.close()];
  const onClose = (close: () => void | Promise<void>) => void closers.push(close);
  return {
    pool,
    redis,
    jobs,
    ...all,
    transformer,
    envelope,
    subscribers,
    tools: { http, operatorHttp, timeoutMs, onClose },
    close: async () => {
      stopListening();
      jobs.disconnect();
      redis.disconnect();
      await Promise.all([...all.queues.values(), all.polls, all.fanOuts].map((queue) => queue.close()));
      await Promise.all([transformer.close(), pool.end(), ...closers.map((close) => close())]);
    },
  };
}

function openQueues(redis: Redis, log: Log) {
  const queues = new Map(channelNames.map((channel) => [channel, openQueue(redis, channel)]));
  const all = { queues, polls: openPollQueue(redis), fanOuts: openFanOutQueue(redis) };
  for (const queue of [...queues.values(), all.polls, all.fanOuts]) {
    queue.on('error', (error) => log.debug({ err: error }, 'queue.error'));
  }
  return all;
}

import type { Channel, Send } from '@signalbox/channels';
import { CannotOpen, type Delivery } from '@signalbox/domain';
import { type DeliveryQueue, reserveSlot, type Worker, work, workFanOuts, workPolls } from '@signalbox/redis';
import type { Log } from '@signalbox/runtime';
import { attempt } from './attempt.js';
import { addressed, unlessClosed, withAddress } from './closed-secret.js';
import type { Config } from './config.js';
import { deliver } from './deliver.js';
import { createDesk } from './desk.js';
import { disable } from './disabling.js';
import { fanOut } from './fan-out.js';
import { targetChanges } from './metrics.js';
import { pollAll } from './poll.js';
import { waker } from './releasing.js';
import type { Resources } from './resources.js';
import { openWebhooks, webhookLeaseMs } from './webhooks.js';

/** What is left of a lease when an attempt has taken all its time: for recording it. Unit: ms. */
const leaseMarginMs = 5_000;

/** What the consumers of this process share. */
export interface Wiring extends Resources {
  config: Config;
  log: Log;
  stopping: AbortSignal;
}

/** Starts a consumer for every queue this process is to serve. */
export function serveAll(wiring: Wiring): Worker[] {
  const { config, log } = wiring;
  const workers = [
    ...config.channels.map((channel) => serveChannel(channel, wiring)),
    ...(config.fansOut ? [serveFanOuts(wiring)] : []),
    ...(config.polls ? [servePolls(wiring)] : []),
  ];
  for (const worker of workers) {
    worker.on('error', (error) => log.warn({ err: error, queue: worker.name }, 'queue.error'));
  }
  return workers;
}

function serveChannel(channel: Channel, wiring: Wiring): Worker {
  const { config, log, pool, jobs, queues, tools, envelope, stopping } = wiring;
  const settings = config.settings[channel.name] as never;
  const post = channel.open(settings, tools);
  const queue = queues.get(channel.name);
  if (!queue) throw new Error(`channel ${channel.name} has no queue`);
  if (channel.toSubscriptions) return serveWebhooks(channel, post, queue, wiring);
  const send = unlessClosed(addressed(post, envelope), log);
  const lease = { ms: config.DELIVERY_TIMEOUT + leaseMarginMs, inOrder: channel.inOrder === true };
  const desk = createDesk(pool, queue, lease, stopping, log);
  const one = deliver({
    desk,
    pool,
    log,
    attempt: async (delivery) => (await attempt(delivery, send, config.RETRY_SCHEDULE, desk, log)).next,
    turn:
      channel.limit &&
      ((delivery, reserved) => (reserved ? now : reserve(channel, settings, delivery, wiring))),
  });
  return work(jobs, channel.name, config.WORKER_CONCURRENCY, one);
}

/** Jobs at a time: each may wait for a receiver that hangs, and none of them may keep the others waiting. */
const webhookConcurrency = 256;

function serveWebhooks(channel: Channel, post: Send, queue: DeliveryQueue, wiring: Wiring): Worker {
  const { config, log, pool, redis, jobs, queues, stopping, transformer, subscribers } = wiring;
  const schedule = config.RETRY_SCHEDULE;
  const wake = waker({ pool, queue, log });
  const webhooks = openWebhooks({
    pool,
    redis,
    find: subscribers.get,
    transformer,
    send: post,
    schedule,
    onGone: (id) => disable(id, 'gone', { pool, redis, queues, log, policy: config.policy, schedule }),
    onChange: ({ target, change }) => {
      log.info({ subscription_id: target, change }, 'target.changed');
      targetChanges.inc({ change });
      if (change !== 'opened') wake(target);
    },
  });
  const { prepare, turn, scheduleOf, report } = webhooks;
  const send = unlessClosed(webhooks.send, log);
  const desk = createDesk(pool, queue, { ms: webhookLeaseMs, inOrder: false }, stopping, log);
  const one = deliver({
    desk,
    pool,
    log,
    prepare,
    turn,
    attempt: async (delivery) => {
      const { next, sent } = await attempt(delivery, send, scheduleOf(delivery), desk, log);
      // It is on record: whatever fails now must not make anybody send it again.
      await report(delivery, sent).catch((error: unknown) => log.warn({ err: error }, 'report.failed'));
      return next;
    },
  });
  return work(jobs, channel.name, webhookConcurrency, one);
}

const now = Promise.resolve(0);

async function reserve(
  channel: Channel,
  settings: never,
  delivery: Delivery,
  { redis, envelope }: Wiring,
): Promise<number> {
  const opened = withAddress(delivery, envelope);
  // What cannot be sent need not wait; its attempt says why.
  const limit = opened instanceof CannotOpen ? null : channel.limit?.(settings, opened);
  return limit ? reserveSlot(redis, limit) : 0;
}

function serveFanOuts({ config, log, pool, jobs, queues }: Wiring): Worker {
  const { policy } = config;
  return workFanOuts(jobs, (job) => fanOut(job, { pool, queues, log, policy }));
}

function servePolls({ config, log, pool, jobs, queues }: Wiring): Worker {
  const { policy, RETRY_SCHEDULE: schedule } = config;
  return workPolls(jobs, () => pollAll({ pool, queues, log, settings: config, policy, schedule }));
}

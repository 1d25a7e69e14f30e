import { channels } from '@signalbox/channels';
import {
  type AccessSettings,
  accessSettings,
  defaultRetrySchedule,
  duration,
  durations,
  type EncryptionKey,
  encryptionKeys,
  flag,
  integer,
  listeningAddress,
  type RoutingPolicy,
  type TargetPolicy,
} from '@signalbox/domain';
import { fanOutQueueName, pollQueueName } from '@signalbox/redis';
import { ConfigError, processSettings, readEnv, settingsOf } from '@signalbox/runtime';
import { statusSettings } from '@signalbox/sources';
import { z } from 'zod';

const own = {
  ...processSettings,
  ...statusSettings,
  NODE_ENV: z.string().default('development'),
  ROUTE_WARNING: flag.default(false),
  RETRY_SCHEDULE: durations.default(defaultRetrySchedule),
  FALLBACK_AFTER: duration.default(60_000),
  DELIVERY_TIMEOUT: duration.default(10_000),
  LOG_RETENTION_HOURS: integer(1, 24 * 365).default(72),
  REJECTED_RETENTION_DAYS: integer(1, 36_500).default(365),
  WORKER_CONCURRENCY: integer(1, 1_000).default(16),
  WORKER_QUEUES: z.string().optional(),
  ALLOW_PRIVATE_TARGETS: flag.optional(),
  METRICS_PORT: integer(0, 65_535).optional(),
};
type Own = z.infer<z.ZodObject<typeof own>> &
  AccessSettings & {
    METRICS_HOST: string;
    /** What opens secrets, the newest first. */
    ENCRYPTION_KEY: EncryptionKey[];
  };

/** What a worker is told by its environment. */
export interface Config extends Own {
  /** The channels this process serves. */
  channels: (typeof channels)[number][];
  /** Whether it polls the status pages. */
  polls: boolean;
  /** Whether it writes the deliveries of signals that concern very many. */
  fansOut: boolean;
  policy: RoutingPolicy;
  /** What users and subscribers may name as targets. */
  targets: TargetPolicy;
  /** What each of them asked the environment for, by the channel's name. */
  settings: Record<string, unknown>;
}

/** @throws ConfigError naming everything that is wrong */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const queues = wantedQueues(env.WORKER_QUEUES);
  const served = channels.filter(({ name }) => queues.includes(`deliver-${name}`));
  // Only what is served needs its settings: a worker for pages alone has no use for the notification service's URL.
  const shapes = served.map((channel) => channel.settings.shape);
  const production = env.NODE_ENV?.trim() === 'production';
  // Who serves nothing lets nobody in, and needs no keys.
  const serves = Boolean(env.METRICS_PORT?.trim());
  const schema = z.object({
    ...own,
    ...(Object.assign({}, ...shapes) as z.ZodRawShape),
    ENCRYPTION_KEY: encryptionKeys(production),
    METRICS_HOST: serves ? listeningAddress(env) : z.string().default('127.0.0.1'),
    ...accessSettings(production && serves),
  });
  const values: Own = readEnv(schema, env);
  const settings = served.map(({ name, settings: asked }) => [name, settingsOf(asked, values)]);
  return {
    ...values,
    channels: served,
    polls: queues.includes(pollQueueName),
    fansOut: queues.includes(fanOutQueueName),
    policy: {
      routeWarning: values.ROUTE_WARNING,
      production,
      fallbackAfterMs: values.FALLBACK_AFTER,
    },
    targets: { allowPrivate: values.ALLOW_PRIVATE_TARGETS ?? !production, requireHttps: production },
    settings: Object.fromEntries(settings),
  };
}

function wantedQueues(wanted: string | undefined): string[] {
  const known = [...channels.map(({ name }) => `deliver-${name}`), fanOutQueueName, pollQueueName];
  if (!wanted?.trim()) return known;
  const names = wanted.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  throw new ConfigError(
    `The environment is not right:\n  WORKER_QUEUES: there is no queue ${unknown.join(', ')}; there are ${known.join(', ')}`,
  );
}

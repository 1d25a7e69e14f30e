import { channels } from '@signalbox/channels';
import { defaultRetrySchedule, duration, durations } from '@signalbox/domain';
import { ConfigError, integer, processSettings, readEnv, settingsOf } from '@signalbox/runtime';
import { z } from 'zod';

const own = {
  ...processSettings,
  RETRY_SCHEDULE: durations.default(defaultRetrySchedule),
  DELIVERY_TIMEOUT: duration.default(10_000),
  LOG_RETENTION_HOURS: integer(1, 24 * 365).default(72),
  WORKER_CONCURRENCY: integer(1, 1_000).default(16),
  WORKER_QUEUES: z.string().optional(),
};
type Own = z.infer<z.ZodObject<typeof own>>;

/** What a worker is told by its environment. */
export interface Config extends Own {
  /** The channels this process serves. */
  channels: (typeof channels)[number][];
  /** What each of them asked the environment for, by the channel's name. */
  settings: Record<string, unknown>;
}

/** @throws ConfigError naming everything that is wrong */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const served = servedChannels(env.WORKER_QUEUES);
  // Only what is served needs its settings: a worker for pages alone has no use for the notification service's URL.
  const shapes = served.map((channel) => channel.settings.shape);
  const schema = z.object({ ...own, ...(Object.assign({}, ...shapes) as z.ZodRawShape) });
  const values: Own = readEnv(schema, env);
  const settings = served.map(({ name, settings: asked }) => [name, settingsOf(asked, values)]);
  return { ...values, channels: served, settings: Object.fromEntries(settings) };
}

function servedChannels(wanted: string | undefined): Config['channels'] {
  if (!wanted?.trim()) return [...channels];
  const names = wanted.split(',').map((name) => name.trim());
  const known = channels.map(({ name }) => `deliver-${name}`);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return channels.filter(({ name }) => names.includes(`deliver-${name}`));
  throw new ConfigError(
    `The environment is not right:\n  WORKER_QUEUES: there is no queue ${unknown.join(', ')}; there are ${known.join(', ')}`,
  );
}

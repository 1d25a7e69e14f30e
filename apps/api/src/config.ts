import {
  defaultRetrySchedule,
  duration,
  durations,
  type EncryptionKey,
  encryptionKeys,
  flag,
  integer,
  type RoutingPolicy,
} from '@signalbox/domain';
import { processSettings, readEnv, settingsOf } from '@signalbox/runtime';
import { sources, statusSettings } from '@signalbox/sources';
import { z } from 'zod';
import { aiSettings } from './ai/settings.js';

const own = {
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3000),
  ...processSettings,
  ROUTE_WARNING: flag.default(false),
  FALLBACK_AFTER: duration.default(60_000),
  RETRY_SCHEDULE: durations.default(defaultRetrySchedule),
  PAGERDUTY_MOCK: flag.optional(),
  ...statusSettings,
  ...aiSettings,
};

type Own = z.infer<z.ZodObject<typeof own>> & {
  /** What secrets are sealed with, the newest first. */
  ENCRYPTION_KEY: EncryptionKey[];
};

/** What the API is told by its environment. */
export type Config = Own & {
  production: boolean;
  policy: RoutingPolicy;
  /** Whether `POST /destinations/pagerduty` is there: outside production, unless said otherwise. */
  pagerdutyMock: boolean;
  /** What each source asked the environment for, by the source's name. */
  sources: Record<string, unknown>;
};

/** @throws ConfigError naming everything that is wrong */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const production = env.NODE_ENV?.trim() === 'production';
  const schema = z.object({ ...own, ...sourceSettings(), ENCRYPTION_KEY: encryptionKeys(production) });
  const values: Own = readEnv(schema, env);
  const settings = sources.map((source) => [source.name, settingsOf(source.settings, values)]);
  return {
    ...values,
    production,
    policy: {
      routeWarning: values.ROUTE_WARNING,
      production,
      fallbackAfterMs: values.FALLBACK_AFTER,
    },
    pagerdutyMock: values.PAGERDUTY_MOCK ?? !production,
    sources: Object.fromEntries(settings),
  };
}

function sourceSettings(): z.ZodRawShape {
  return Object.assign({}, ...sources.map((source) => source.settings.shape)) as z.ZodRawShape;
}

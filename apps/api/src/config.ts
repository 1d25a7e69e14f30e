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
import { processSettings, readEnv, settingsOf } from '@signalbox/runtime';
import { sources, statusSettings } from '@signalbox/sources';
import { z } from 'zod';
import { aiSettings } from './ai/settings.js';

const own = {
  NODE_ENV: z.string().default('development'),
  PORT: integer(0, 65_535).default(3000),
  TRUST_PROXY: integer(0, 100).default(0),
  INGEST_RATE_LIMIT: integer(0, 1_000_000_000).default(60_000),
  ...processSettings,
  ROUTE_WARNING: flag.default(false),
  FALLBACK_AFTER: duration.default(60_000),
  RETRY_SCHEDULE: durations.default(defaultRetrySchedule),
  PAGERDUTY_MOCK: flag.optional(),
  ALLOW_PRIVATE_TARGETS: flag.optional(),
  ...statusSettings,
  ...aiSettings,
};

type Own = z.infer<z.ZodObject<typeof own>> &
  AccessSettings & {
    HOST: string;
    /** What secrets are sealed with, the newest first. */
    ENCRYPTION_KEY: EncryptionKey[];
  };

/** What the API is told by its environment. */
export type Config = Own & {
  production: boolean;
  policy: RoutingPolicy;
  /** What users and subscribers may name as targets. */
  targets: TargetPolicy;
  /** Whether `POST /destinations/pagerduty` is there: outside production, unless said otherwise. */
  pagerdutyMock: boolean;
  /** What each source asked the environment for, by the source's name. */
  sources: Record<string, unknown>;
};

/** @throws ConfigError naming everything that is wrong */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const production = env.NODE_ENV?.trim() === 'production';
  const schema = z.object({
    ...own,
    ...sourceSettings(),
    ENCRYPTION_KEY: encryptionKeys(production),
    HOST: listeningAddress(env),
    ...accessSettings(production),
  });
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
    targets: { allowPrivate: values.ALLOW_PRIVATE_TARGETS ?? !production, requireHttps: production },
    pagerdutyMock: values.PAGERDUTY_MOCK ?? !production,
    sources: Object.fromEntries(settings),
  };
}

function sourceSettings(): z.ZodRawShape {
  return Object.assign({}, ...sources.map((source) => source.settings.shape)) as z.ZodRawShape;
}

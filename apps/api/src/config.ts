import { defaultRetrySchedule, durations, flag, integer } from '@signalbox/domain';
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
  RETRY_SCHEDULE: durations.default(defaultRetrySchedule),
  PAGERDUTY_MOCK: flag.optional(),
  ...statusSettings,
  ...aiSettings,
};

type Own = z.infer<z.ZodObject<typeof own>>;

const schema = z.object({ ...own, ...sourceSettings() });

/** What the API is told by its environment. */
export type Config = Own & {
  production: boolean;
  /** Whether `POST /destinations/pagerduty` is there: outside production, unless said otherwise. */
  pagerdutyMock: boolean;
  /** What each source asked the environment for, by the source's name. */
  sources: Record<string, unknown>;
};

/** @throws ConfigError naming everything that is wrong */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const values: Own = readEnv(schema, env);
  const production = values.NODE_ENV === 'production';
  const settings = sources.map((source) => [source.name, settingsOf(source.settings, values)]);
  return {
    ...values,
    production,
    pagerdutyMock: values.PAGERDUTY_MOCK ?? !production,
    sources: Object.fromEntries(settings),
  };
}

function sourceSettings(): z.ZodRawShape {
  return Object.assign({}, ...sources.map((source) => source.settings.shape)) as z.ZodRawShape;
}

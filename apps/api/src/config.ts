import { durations } from '@signalbox/domain';
import { flag, integer, readEnv } from '@signalbox/runtime';
import { sources } from '@signalbox/sources';
import { z } from 'zod';

const own = {
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3000),
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL like postgres://user@host:5432/name',
  }),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a URL like redis://host:6379' }),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ROUTE_WARNING: flag.default(false),
  RETRY_SCHEDULE: durations.default([10_000, 30_000, 60_000, 300_000, 900_000]),
  PAGERDUTY_MOCK: flag.optional(),
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
  const settings = sources.map((source) => [source.name, source.settings.parse(values)]);
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

import { z } from 'zod';

/** The environment does not say what it must; `message` lists every mistake, a sentence each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the environment into one typed object, once, at boot. Variables that are empty count as not set, and
 * space around a value is dropped (a secret pasted with its line end is a common mistake).
 * @throws ConfigError naming everything that is wrong at once
 */
export function readEnv<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .map((name) => [name, env[name]?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  // A field's own words come first; they may say what a variable is for.
  const error = ({ input }: { input?: unknown }) => (input === undefined ? 'must be set' : undefined);
  const result = schema.safeParse(given, { error });
  const quoted = Object.keys(given).filter((name) => isQuoted(given[name] ?? ''));
  if (result.success && quoted.length === 0) return result.data;
  const others = (result.error?.issues ?? []).filter(({ path }) => !quoted.includes(String(path[0])));
  const sentences = [
    ...quoted.map((name) => `  ${name}: ${inQuotes}`),
    ...others.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`),
  ];
  throw new ConfigError(`The environment is not right:\n${sentences.join('\n')}`);
}

const inQuotes =
  'is in quotes, and they are a part of the value; write it without (docker run --env-file keeps them)';

function isQuoted(value: string): boolean {
  return /^(["']).+\1$/s.test(value);
}

/** Reads the configuration of a process, or ends the process with what is wrong on stderr: no log is set up yet. */
export function configOrExit<Config>(read: () => Config): Config {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Of values that were read together, those that `schema` asked for. */
export function settingsOf(schema: z.ZodObject, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in schema.shape));
}

const collector = z
  .url({ protocol: /^https?$/, error: 'must be a URL like http://collector:4318' })
  .optional();

/** What every process of ours needs to know. */
export const processSettings = {
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: ({ input }) =>
      input === undefined
        ? 'must be set'
        : 'must be a URL like postgres://user:password@host:5432/name, the special characters of a password percent-encoded ("@" is %40)',
  }),
  REDIS_URL: z.url({
    protocol: /^rediss?$/,
    error: ({ input }) =>
      input === undefined
        ? 'must be set'
        : 'must be a URL like redis://host:6379, or redis://:password@host:6379',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
};

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
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const sentences = result.error.issues.map(
    (issue) => `  ${issue.path.join('.')}: ${sentence(issue, given)}`,
  );
  throw new ConfigError(`The environment is not right:\n${sentences.join('\n')}`);
}

function sentence(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const missing = issue.code === 'invalid_type' && given[String(issue.path[0])] === undefined;
  return missing ? 'must be set' : issue.message;
}

/** `true` or `false` as the environment writes it. */
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

/** A whole number between `min` and `max`. */
export function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

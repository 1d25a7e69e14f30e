import type { Redis } from 'ioredis';

type Command = (keys: number, ...parameters: (string | number)[]) => Promise<unknown>;

/** Runs a script. Redis is sent its text once; the name stands for it from then on, and is its own. */
export function runScript(
  redis: Redis,
  name: string,
  lua: string,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  if (!(name in redis)) redis.defineCommand(name, { lua });
  const command = (redis as unknown as Record<string, Command>)[name] as Command;
  return command.call(redis, keys.length, ...keys, ...values);
}

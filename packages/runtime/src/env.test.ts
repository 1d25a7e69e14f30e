import { z } from 'zod';
import { ConfigError, flag, integer, readEnv } from './env.js';

const schema = z.object({
  DATABASE_URL: z.string(),
  PORT: integer(0, 65_535).default(3000),
  ROUTE_WARNING: flag.default(false),
});

test('defaults fill what is not set or empty, and space is dropped', () => {
  const env = { DATABASE_URL: ' postgres://x\n', PORT: '', OTHER: 'ignored' };
  expect(readEnv(schema, env)).toEqual({ DATABASE_URL: 'postgres://x', PORT: 3000, ROUTE_WARNING: false });
});

test('all mistakes are told at once, a sentence each', () => {
  const read = () => readEnv(schema, { PORT: 'soon', ROUTE_WARNING: 'yes' });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/DATABASE_URL: must be set/);
  expect(read).toThrow(/PORT: must be a whole number from 0 to 65535/);
  expect(read).toThrow(/ROUTE_WARNING: must be true or false/);
});

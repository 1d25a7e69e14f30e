import { z } from 'zod';
import { ConfigError, processSettings, readEnv, settingsOf } from './env.js';

const schema = z.object({
  DATABASE_URL: z.string(),
  PORT: z.coerce.number({ error: 'must be a number' }).default(3000),
  SERVICE_URL: z.string({ error: 'must be the URL of the service' }).default('http://x'),
});

test('defaults fill what is not set or empty, and space is dropped', () => {
  const env = { DATABASE_URL: ' postgres://x\n', PORT: '', OTHER: 'ignored' };
  expect(readEnv(schema, env)).toEqual({ DATABASE_URL: 'postgres://x', PORT: 3000, SERVICE_URL: 'http://x' });
});

test('all mistakes are told at once, a sentence each, in the field’s own words where it has some', () => {
  const required = schema.extend({ SERVICE_URL: z.string({ error: 'must be the URL of the service' }) });
  const read = () => readEnv(required, { PORT: 'soon' });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/DATABASE_URL: must be set/);
  expect(read).toThrow(/PORT: must be a number/);
  expect(read).toThrow(/SERVICE_URL: must be the URL of the service/);
});

test('of values read together, each part gets what it asked for', () => {
  expect(settingsOf(z.object({ A: z.string() }), { A: '1', B: '2' })).toEqual({ A: '1' });
});

test.each([`"postgres://x"`, `'postgres://x'`])(
  'a value in quotes (%s) is refused, and not quoted',
  (quoted) => {
    const read = () => readEnv(schema, { DATABASE_URL: quoted, PORT: 'soon' });
    expect(read).toThrow(/DATABASE_URL: is in quotes.+ write it without/);
    expect(read).toThrow(/PORT: must be a number/);
    expect(read).not.toThrow(/postgres:/);
  },
);

test('quotes around a part of a value are a part of it', () => {
  const url = `"Signalbox" <signalbox@localhost>`;
  expect(readEnv(schema, { DATABASE_URL: url }).DATABASE_URL).toBe(url);
});

test.each([
  ['db:5432', /DATABASE_URL: must be a URL like postgres:\/\/user:password@host:5432\/name/],
  ['redis://db/0', /DATABASE_URL: must be a URL like postgres:/],
  ['postgres://user:p/ss/word@db/x', /percent-encoded \("@" is %40\)/],
])('DATABASE_URL=%s is told what it should look like', (url, said) => {
  const read = () => readEnv(z.object(processSettings), { DATABASE_URL: url, REDIS_URL: 'redis://x' });
  expect(read).toThrow(said);
  expect(read).not.toThrow(/ss\/word/);
});

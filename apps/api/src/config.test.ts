import { developmentKey } from '@signalbox/domain';
import { ConfigError } from '@signalbox/runtime';
import { readConfig } from './config.js';

const env = {
  DATABASE_URL: 'postgres://127.0.0.1/x',
  REDIS_URL: 'redis://127.0.0.1',
  STRIPE_WEBHOOK_SECRET: 'whsec_x',
};

test('outside production an openly known key seals secrets', () => {
  expect(readConfig(env).ENCRYPTION_KEY).toEqual([developmentKey]);
});

test('production refuses to start without a key of its own, beside all else that is wrong', () => {
  const read = () => readConfig({ ...env, NODE_ENV: ' production', PORT: 'x' });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(
    /PORT: .+\n {2}ENCRYPTION_KEY: must be 32 bytes in base64, .+ openssl rand -base64 32/,
  );
});

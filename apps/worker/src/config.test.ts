import { developmentKey } from '@signalbox/domain';
import { readConfig } from './config.js';

const env = {
  DATABASE_URL: 'postgres://127.0.0.1/x',
  REDIS_URL: 'redis://127.0.0.1',
  WORKER_QUEUES: 'poll',
};

test('outside production an openly known key opens secrets; production needs one of its own', () => {
  expect(readConfig(env).ENCRYPTION_KEY).toEqual([developmentKey]);
  const read = () => readConfig({ ...env, NODE_ENV: 'production' });
  expect(read).toThrow(/ENCRYPTION_KEY: must be 32 bytes in base64, .+ openssl rand -base64 32/);
});

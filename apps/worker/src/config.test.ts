import { developmentKey } from '@signalbox/domain';
import { readConfig } from './config.js';

const env = {
  DATABASE_URL: 'postgres://127.0.0.1/x',
  REDIS_URL: 'redis://127.0.0.1',
  WORKER_QUEUES: 'poll',
};

test('in production targets are public and https, unless whoever runs us says otherwise', () => {
  expect(readConfig(env).targets).toEqual({ allowPrivate: true, requireHttps: false });
  const strict = { ...env, ALLOW_PRIVATE_TARGETS: 'false' };
  expect(readConfig(strict).targets).toEqual({ allowPrivate: false, requireHttps: false });
  const production = {
    ...env,
    NODE_ENV: 'production',
    ENCRYPTION_KEY: Buffer.alloc(32, 'a').toString('base64'),
  };
  expect(readConfig(production).targets).toEqual({ allowPrivate: false, requireHttps: true });
  const lenient = { ...production, ALLOW_PRIVATE_TARGETS: 'true' };
  expect(readConfig(lenient).targets).toEqual({ allowPrivate: true, requireHttps: true });
});

test('outside production an openly known key opens secrets; production needs one of its own', () => {
  expect(readConfig(env).ENCRYPTION_KEY).toEqual([developmentKey]);
  const read = () => readConfig({ ...env, NODE_ENV: 'production' });
  expect(read).toThrow(/ENCRYPTION_KEY: must be 32 bytes in base64, .+ openssl rand -base64 32/);
});

test('who serves metrics needs keys in production, and elsewhere a loopback address without them', () => {
  const key = 'read:0123456789abcdef01234567';
  const read = (more: Record<string, string>) => () => readConfig({ ...env, METRICS_PORT: '9464', ...more });
  expect(read({})().METRICS_HOST).toBe('127.0.0.1');
  expect(read({ METRICS_HOST: '0.0.0.0' })).toThrow(/METRICS_HOST: must be a loopback address/);
  expect(read({ METRICS_HOST: '0.0.0.0', TRUST_NETWORK: 'true' })().METRICS_HOST).toBe('0.0.0.0');
  expect(read({ METRICS_HOST: '0.0.0.0', API_KEYS: key })().API_KEYS).toHaveLength(1);
  expect(read({ NODE_ENV: 'production' })).toThrow(/API_KEYS: must be set in production/);
  const ENCRYPTION_KEY = Buffer.alloc(32, 7).toString('base64');
  expect(readConfig({ ...env, NODE_ENV: 'production', ENCRYPTION_KEY }).API_KEYS).toEqual([]);
});

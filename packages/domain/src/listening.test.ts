import { isLoopback, listeningAddress } from './listening.js';

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['127.0.0.1.example.com', false],
  ['127.example.com', false],
  ['', false],
])('only this machine reaches %j: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

const key = 'admin:0123456789abcdef01234567';

test.each([
  [undefined, {}, true],
  ['127.0.0.1', {}, true],
  ['0.0.0.0', {}, false],
  ['0.0.0.0', { API_KEYS: ' ' }, false],
  ['0.0.0.0', { TRUST_NETWORK: 'false' }, false],
  ['0.0.0.0', { API_KEYS: key }, true],
  ['0.0.0.0', { TRUST_NETWORK: 'true' }, true],
])('listening on %j with %j: %s', (host, env, expected) => {
  const { success, error } = listeningAddress(env).safeParse(host);
  expect(success).toBe(expected);
  if (!expected)
    expect(error?.issues[0]?.message).toMatch(/loopback .+ API_KEYS=admin:KEY .+ TRUST_NETWORK=true/);
});

test('127.0.0.1 unless told otherwise', () => {
  expect(listeningAddress({}).parse(undefined)).toBe('127.0.0.1');
});

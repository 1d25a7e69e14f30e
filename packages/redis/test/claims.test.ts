import { claim, connectCommands, failFast, type Redis, settleClaims } from '../src/index.js';
import { type TestRedis, testRedis } from '../src/testing.js';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await testRedis();
  redis = connectCommands(server.url, (error) => {
    throw error;
  });
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
});

afterAll(async () => {
  redis.disconnect();
  await server.drop();
});

test('a key is new once, in flight until it is settled, then seen with its signal', async () => {
  expect(await claim(redis, ['a', 'b', 'a'])).toEqual([
    { type: 'new' },
    { type: 'new' },
    { type: 'in-flight' },
  ]);
  await settleClaims(redis, [{ key: 'a', signalId: 'signal-1' }]);
  expect(await claim(redis, ['a', 'b'])).toEqual([
    { type: 'seen', signalId: 'signal-1' },
    { type: 'in-flight' },
  ]);
});

test('a released claim is new again; releasing never undoes a confirmation', async () => {
  await claim(redis, ['c']);
  await settleClaims(redis, [{ key: 'c', signalId: null }]);
  expect(await claim(redis, ['c'])).toEqual([{ type: 'new' }]);
  await settleClaims(redis, [{ key: 'c', signalId: 'signal-2' }]);
  await settleClaims(redis, [{ key: 'c', signalId: null }]);
  expect(await claim(redis, ['c'])).toEqual([{ type: 'seen', signalId: 'signal-2' }]);
});

test('a claim in flight expires within seconds, a confirmed one within a day', async () => {
  await claim(redis, ['d', 'e']);
  await settleClaims(redis, [{ key: 'e', signalId: 'signal-3' }]);
  const keys = (await redis.keys('{claims}:*')).toSorted();
  const left = new Map(
    await Promise.all(keys.map(async (key) => [await redis.get(key), await redis.pttl(key)] as const)),
  );
  expect(left.get('-')).toBeLessThanOrEqual(10_000);
  expect(left.get('+signal-3')).toBeGreaterThan(23 * 60 * 60 * 1000);
  expect(left.get('+signal-3')).toBeLessThanOrEqual(24 * 60 * 60 * 1000);
});

test('after a failure the next calls fail at once, and after the pause they are tried again', async () => {
  let calls = 0;
  const failing = async () => {
    calls += 1;
    throw new Error('away');
  };
  const call = failFast({ status: 'ready' }, failing, 50);
  await expect(call(1)).rejects.toThrow('away');
  await expect(call(1)).rejects.toThrow('less than a second ago');
  expect(calls).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await expect(call(1)).rejects.toThrow('away');
  expect(calls).toBe(2);
});

test('without a connection nothing is tried', async () => {
  const call = failFast({ status: 'reconnecting' }, async () => 'never');
  await expect(call(1)).rejects.toThrow('no connection');
});

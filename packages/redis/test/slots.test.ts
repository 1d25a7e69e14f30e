import { connectCommands, type Redis } from '../src/connection.js';
import { reserveSlot } from '../src/slots.js';
import { type TestRedis, testRedis } from '../src/testing.js';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await testRedis();
  redis = await connected();
});

afterAll(async () => {
  redis.disconnect();
  await server.drop();
});

async function connected(): Promise<Redis> {
  const connection = connectCommands(server.url, (error) => {
    throw error;
  });
  if (connection.status !== 'ready') await new Promise((resolve) => connection.once('ready', resolve));
  return connection;
}

/** The most that fall within any window of `periodMs`, both of its ends included. */
function fullest(times: readonly number[], periodMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((start) => sorted.filter((at) => at >= start && at <= start + periodMs).length),
  );
}

const perMinute = { key: 'minute', count: 100, periodMs: 60_000, burst: 10 };

test('300 at once: ten go now, and no minute ever sees more than 100', async () => {
  const other = await connected();
  const slots = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const wait = await reserveSlot(index % 2 ? redis : other, perMinute);
      return { wait, at: Date.now() + wait };
    }),
  );
  other.disconnect();
  expect(slots.filter(({ wait }) => wait === 0)).toHaveLength(10);
  const waits = slots.map(({ wait }) => wait).toSorted((a, b) => a - b);
  expect(waits.every(Number.isInteger)).toBe(true);
  expect(fullest(waits, 60_000)).toBeLessThanOrEqual(100);
  // Not slower than it need be either: the last of 300 leaves within the fourth minute.
  expect(waits.at(-1)).toBeLessThan(200_000);
});

test('the clock runs on: what comes at any pace over many periods never exceeds the limit', async () => {
  const pace = { key: 'fast', count: 20, periodMs: 200, burst: 5 };
  const times: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const before = Date.now();
    const waits = await Promise.all(Array.from({ length: (round * 7) % 9 }, () => reserveSlot(redis, pace)));
    times.push(...waits.map((wait) => before + wait));
    await new Promise((resolve) => setTimeout(resolve, (round * 13) % 60));
  }
  expect(times.length).toBeGreaterThan(100);
  // One clock is read a little before the other, so a window of this test is a few ms shorter.
  expect(fullest(times, 190)).toBeLessThanOrEqual(20);
});

test.each([
  [1, 1],
  [5, 1],
  [5, 4],
  [5, 5],
])('%d in a period with bursts of %d', async (count, burst) => {
  const pace = { key: `edge-${count}-${burst}`, count, periodMs: 10_000, burst };
  // All at once, so that they ask at about one time: on a busy machine one after the other takes a while.
  const waits = await Promise.all(Array.from({ length: 30 }, () => reserveSlot(redis, pace)));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(burst);
  expect(fullest(waits, 9_900)).toBeLessThanOrEqual(count);
});

test('after a quiet time there is a burst again, and the key is gone', async () => {
  const pace = { key: 'quiet', count: 10, periodMs: 100, burst: 3 };
  for (let i = 0; i < 4; i += 1) await reserveSlot(redis, pace);
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(await redis.exists('{slots}:quiet')).toBe(0);
  const waits = await Promise.all(Array.from({ length: 4 }, () => reserveSlot(redis, pace)));
  expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
});

test('other keys are other paces; every key expires', async () => {
  expect(await reserveSlot(redis, { ...perMinute, key: 'a', burst: 1 })).toBe(0);
  expect(await reserveSlot(redis, { ...perMinute, key: 'b', burst: 1 })).toBe(0);
  expect(await reserveSlot(redis, { ...perMinute, key: 'a', burst: 1 })).toBeGreaterThan(0);
  const ttl = await redis.pttl('{slots}:a');
  expect(ttl).toBeGreaterThan(0);
  expect(ttl).toBeLessThanOrEqual(2 * 601);
});

test.each([
  { count: 0, burst: 0 },
  { count: 5, burst: 0 },
  { count: 5, burst: 6 },
  { count: 1.5, burst: 1 },
  { periodMs: 0 },
  { periodMs: Number.NaN },
])('%j is no pace', async (change) => {
  await expect(reserveSlot(redis, { ...perMinute, ...change })).rejects.toThrow(RangeError);
});

import { Redis } from 'ioredis';

/** A Redis database of a test's own. */
export interface TestRedis {
  url: string;
  /** Empties the database and closes the connection it was made with. */
  drop(): Promise<void>;
}

/** Takes an unused logical database of the server `TEST_REDIS_URL` names, which `npm test` brings up. */
export async function testRedis(serverUrl = process.env.TEST_REDIS_URL): Promise<TestRedis> {
  if (!serverUrl) throw new Error('TEST_REDIS_URL is not set: run the tests with npm test');
  const counter = new Redis(serverUrl);
  const number = await counter.incr('next-test-database');
  await counter.quit();
  const url = new URL(serverUrl);
  url.pathname = `/${number}`;
  const redis = new Redis(url.href);
  return {
    url: url.href,
    drop: async () => {
      await redis.flushdb();
      await redis.quit();
    },
  };
}

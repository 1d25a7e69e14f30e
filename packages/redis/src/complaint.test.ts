import { judgeRedis } from './complaint.js';

// No old Redis can be had: these are the lines of INFO that count.
const info = (version: string, policy = 'noeviction') =>
  `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n\r\n# Memory\r\nmaxmemory_policy:${policy}\r\n`;

test.each(['2.8.19', '4.0.14', ''])('Redis %j is refused', (version) => {
  const { wrong } = judgeRedis(info(version), 'cache:6379');
  expect(wrong).toMatch(/^REDIS_URL: the Redis at cache:6379 is version .+ its queues need 5\.0/);
});

test.each(['5.0.0', '6.0.16'])('Redis %s will do, with a warning', (version) => {
  const { wrong, warnings } = judgeRedis(info(version), 'cache:6379');
  expect(wrong).toBeNull();
  expect(warnings).toEqual([expect.stringContaining(`is version ${version}; 6.2 or newer is recommended`)]);
});

test.each(['6.2.0', '7.4.1', '10.0.0'])('Redis %s is fine', (version) => {
  expect(judgeRedis(info(version), 'cache:6379')).toEqual({ wrong: null, warnings: [] });
});

test('a Redis that may throw jobs away is warned of', () => {
  const { wrong, warnings } = judgeRedis(info('7.0.0', 'allkeys-lru'), 'cache:6379');
  expect(wrong).toBeNull();
  expect(warnings).toEqual([
    expect.stringMatching(/^REDIS_URL: .+maxmemory-policy allkeys-lru.+ noeviction/),
  ]);
});

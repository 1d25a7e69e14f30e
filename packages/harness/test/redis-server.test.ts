import { Redis } from 'ioredis';
import { isAlive } from '../bootstrap/pid-lock.mjs';
import { type RedisServer, startRedis } from '../src/redis-server.js';
import { discardFolder, makeFolder } from './folder.js';

describe('startRedis', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await makeFolder();
  });

  afterEach(() => discardFolder(folder));

  it('never evicts, listens on loopback only and can have many databases', async () => {
    const server = await startRedis({ dataDir: folder, databases: 64 });
    expect(await ask(server, (redis) => redis.config('GET', 'maxmemory-policy'))).toMatchObject([
      'maxmemory-policy',
      'noeviction',
    ]);
    expect(await ask(server, (redis) => redis.config('GET', 'bind'))).toMatchObject(['bind', '127.0.0.1']);
    expect(await ask(server, (redis) => redis.select(63))).toBe('OK');
    await server.stop();
    expect(server.process.hasEnded()).toBe(true);
  });

  it('keeps its data when it is stopped and when it is killed', async () => {
    const first = await startRedis({ dataDir: folder });
    await ask(first, (redis) => redis.set('stopped', '1'));
    await first.stop();
    const second = await startRedis({ dataDir: folder, port: first.port });
    await ask(second, (redis) => redis.set('killed', '2'));
    await second.kill();
    const third = await startRedis({ dataDir: folder, port: first.port });
    expect(await ask(third, (redis) => redis.mget('stopped', 'killed'))).toEqual(['1', '2']);
    await third.stop();
  });

  it('ends the one a killed run left on the same folder', async () => {
    const left = await startRedis({ dataDir: folder });
    const next = await startRedis({ dataDir: folder });
    expect(left.process.hasEnded()).toBe(true);
    expect(isAlive(next.pid, 'server')).toBe(true);
    await next.stop();
  });

  it('says what Redis says when it cannot start', async () => {
    const first = await startRedis({ dataDir: folder });
    const second = startRedis({ dataDir: `${folder}/second`, port: first.port });
    await expect(second).rejects.toThrow(/did not come up: it ended with exit code 1\n.*in use/s);
    await first.stop();
  });
});

async function ask<T>(server: RedisServer, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(server.url, { replyMapping: 'legacy' });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { postgresComplaint } from '@signalbox/postgres';
import { lookAtRedis } from '@signalbox/redis';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { eventually } from '../src/eventually.js';
import { requirePostgres, requireRedis } from '../src/given-servers.js';
import { type PostgresServer, startPostgres } from '../src/postgres-server.js';
import { type RedisServer, startRedis } from '../src/redis-server.js';
import { discardFolder, makeFolder } from './folder.js';

let folder: string;
let postgres: PostgresServer;
let redis: RedisServer;
let nonsense: Server;

beforeAll(async () => {
  folder = await makeFolder();
  [postgres, redis, nonsense] = await Promise.all([
    postgresWithPassword(),
    startRedis({ dataDir: join(folder, 'redis'), durable: false }),
    serverOfNonsense(),
  ]);
}, 120_000);

afterAll(async () => {
  nonsense.close();
  await Promise.all([postgres.stop(), redis.stop()]);
  await discardFolder(folder);
});

describe('a DATABASE_URL that cannot be used', () => {
  const host = () => `127.0.0.1:${postgres.port}`;

  test.each([
    ['is no URL', () => '127.0.0.1:5432/x', /^DATABASE_URL must be a URL like postgres:\/\//],
    ['is of another kind', () => redis.url, /^DATABASE_URL must be a URL like postgres:\/\//],
    [
      'leads nowhere',
      () => 'postgres://a:s3cret@127.0.0.1:1/x',
      /nothing listens at 127\.0\.0\.1:1\. Start Postgres/,
    ],
    ['names no host', () => 'postgres://a:s3cret@nowhere.invalid/x', /there is no host "nowhere\.invalid"/],
    [
      'has a wrong password',
      () => `postgres://locked:s3cret-no@${host()}/x`,
      /refuses the password of user "locked"/,
    ],
    [
      'lacks the password',
      () => `postgres://locked@${host()}/x`,
      /asks for the password of user "locked".+ postgres:\/\/locked:password@/,
    ],
    [
      'names no database',
      () => postgres.url('nothing'),
      /has no database "nothing"\. Create it \(createdb nothing\)/,
    ],
    [
      'names no user',
      () => `postgres://nobody@${host()}/postgres`,
      /does not let us in: role "nobody" does not exist/,
    ],
    [
      'leads to Redis',
      () => `postgres://a@127.0.0.1:${redis.port}/x`,
      /(nothing at|what listens at) .+ as Postgres does/,
    ],
    [
      'leads to nonsense',
      () => `postgres://a@127.0.0.1:${portOf(nonsense)}/x`,
      /does not answer as Postgres does/,
    ],
  ])(
    'because it %s is told so',
    async (_, url, said) => {
      const message = await messageOf(requirePostgres(url()));
      expect(message).toMatch(/^DATABASE_URL/);
      expect(message).toMatch(said);
      expect(message).not.toContain('s3cret');
    },
    20_000,
  );

  test('one that can be used is not complained of, nor is its schema before it is migrated', async () => {
    await expect(requirePostgres(`postgres://locked:s3cret@${host()}/postgres`)).resolves.toBeUndefined();
  });

  test('a database that was not migrated is told how to be', async () => {
    expect(await postgresComplaint(postgres.url('postgres'), true)).toMatch(
      /^DATABASE_URL: the database "postgres" .+ lacks \d+ migrations, from 0001_spine\.sql on: run "node apps\/api\/dist\/migrate-main\.js"/,
    );
  });
});

describe('a REDIS_URL that cannot be used', () => {
  test.each([
    ['is no URL', () => '127.0.0.1', /^REDIS_URL: must be a URL like redis:\/\//],
    ['is of another kind', () => postgres.url('x'), /^REDIS_URL: must be a URL like redis:\/\//],
    ['leads nowhere', () => 'redis://:s3cret@127.0.0.1:1', /nothing listens at 127\.0\.0\.1:1\. Start Redis/],
    ['names no host', () => 'redis://:s3cret@nowhere.invalid', /there is no host "nowhere\.invalid"/],
    ['leads to Postgres', () => `redis://127.0.0.1:${postgres.port}`, /does not answer as Redis does/],
    ['leads to nonsense', () => `redis://127.0.0.1:${portOf(nonsense)}`, /does not answer as Redis does/],
  ])(
    'because it %s is told so',
    async (_, url, said) => {
      const message = await messageOf(requireRedis(url()));
      expect(message).toMatch(/^REDIS_URL/);
      expect(message).toMatch(said);
      expect(message).not.toContain('s3cret');
    },
    20_000,
  );

  test('because of its password is told so', async () => {
    await configure('requirepass', 's3cret');
    const withPassword = redis.url.replace('//', '//:s3cret@');
    try {
      expect(await messageOf(requireRedis(redis.url))).toMatch(
        /asks for a password.+ redis:\/\/:password@127/,
      );
      const wrong = await messageOf(requireRedis(withPassword.replace('s3cret', 's3cret-no')));
      expect(wrong).toMatch(/refuses the user name or the password/);
      expect(wrong).not.toContain('s3cret');
      await expect(requireRedis(withPassword)).resolves.toBeUndefined();
    } finally {
      await configure('requirepass', '', withPassword);
    }
  });

  test('one that may throw jobs away is warned of, and used', async () => {
    await configure('maxmemory-policy', 'allkeys-lru');
    try {
      const warning = expect.stringMatching(/^REDIS_URL: .+allkeys-lru.+ noeviction/);
      expect(await lookAtRedis(redis.url)).toEqual({ wrong: null, warnings: [warning] });
    } finally {
      await configure('maxmemory-policy', 'noeviction');
    }
  });
});

/** Everybody is let in but the user `locked`, who needs a password. */
async function postgresWithPassword(): Promise<PostgresServer> {
  const dataDir = join(folder, 'postgres');
  const server = await startPostgres({ dataDir, durable: false });
  const access = join(dataDir, 'pg_hba.conf');
  const rule = 'host all locked 127.0.0.1/32 scram-sha-256\n';
  await writeFile(access, `${rule}${await readFile(access, 'utf8')}`);
  const client = new Client({ connectionString: server.url('postgres') });
  await client.connect();
  await client.query(`create role locked login password 's3cret'`);
  await client.query('select pg_reload_conf()');
  await client.end();
  // Postgres reads the file again in its own time.
  const withoutPassword = `postgres://locked@127.0.0.1:${server.port}/postgres`;
  const isLocked = async () => (await postgresComplaint(withoutPassword, false)) !== null;
  await eventually(isLocked);
  return server;
}

async function serverOfNonsense(): Promise<Server> {
  const answer = (socket: Socket) =>
    socket.on('error', () => undefined).on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function configure(name: string, value: string, url = redis.url): Promise<void> {
  const client = new Redis(url);
  await client.config('SET', name, value);
  await client.quit();
}

function messageOf(work: Promise<void>): Promise<string> {
  return work.then(
    () => 'no complaint',
    (error: Error) => error.message,
  );
}

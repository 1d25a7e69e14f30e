import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { endRedisOn, noteRedis } from './leftovers.js';
import { cacheDir } from './paths.js';
import { freePort } from './ports.js';
import { type Child, startChild, within } from './processes.js';
import { untilReady } from './readiness.js';
import { findRedis, type RedisBinary } from './redis-binary.js';

/** Reading a long append-only file takes its time. */
const readyPatienceMs = 60_000;
const answerPatienceMs = 2_000;

/** How to start a Redis. */
export interface RedisOptions {
  /** holds the append-only file; made when absent */
  dataDir: string;
  /** a free one unless told */
  port?: number;
  /** how many logical databases; 16 unless told */
  databases?: number;
  /** false: nothing is written to disk */
  durable?: boolean;
  /** `<dataDir>/redis.log` unless told */
  logFile?: string;
}

/** A Redis we started. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly process: Child;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/**
 * Starts a Redis on 127.0.0.1 and waits until it answers. One that a killed run of ours left on the same
 * `dataDir` is ended first.
 * @throws an Error with the end of its log when it does not come up, or saying what to install
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const binary = await findRedis(join(cacheDir, 'redis'));
  await mkdir(options.dataDir, { recursive: true });
  await endRedisOn(options.dataDir);
  const port = options.port ?? (await freePort());
  const child = await startChild({
    name: 'Redis',
    command: binary.path,
    args: flags(options, port),
    env: { ...process.env, ...binary.env },
    output: { file: options.logFile ?? join(options.dataDir, 'redis.log') },
  });
  await noteRedis(options.dataDir, { pid: child.pid, port });
  await untilReady(child, () => answers(child.pid, port), readyPatienceMs);
  return server(child, port, binary);
}

function flags({ dataDir, databases = 16, durable = true }: RedisOptions, port: number): string[] {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: dataDir,
    databases: String(databases),
    appendonly: durable ? 'yes' : 'no',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

function server(child: Child, port: number, binary: RedisBinary): RedisServer {
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    version: binary.version,
    process: child,
    stop: child.stop,
    kill: child.kill,
  };
}

// Asked for its process id: somebody else's Redis on that port answers too. While it reads its append-only file it
// answers LOADING, which rejects like no answer at all.
async function answers(pid: number, port: number): Promise<boolean> {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    connectTimeout: answerPatienceMs,
    // ioredis keeps this timer, and the process with it, when the connection was refused.
    disconnectTimeout: 50,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  let isOurs = false;
  const asking = client.connect().then(async () => {
    isOurs = (await client.info('server')).includes(`process_id:${pid}\r`);
  });
  try {
    return (await within(answerPatienceMs, asking)) && isOurs;
  } finally {
    client.disconnect();
  }
}

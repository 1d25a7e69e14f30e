import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { freePort } from './ports.js';
import { clusterUser, postgresBinaries, prepareCluster } from './postgres-cluster.js';
import { type Child, startChild } from './processes.js';
import { untilReady } from './readiness.js';
import { type Unprivileged, unprivileged } from './unprivileged.js';

/** Recovery after a crash takes its time. */
const readyPatienceMs = 60_000;

/** How to start a Postgres. */
export interface PostgresOptions {
  /** holds the cluster, which is made when absent; an absolute path */
  dataDir: string;
  /** a free one unless told */
  port?: number;
  /** false: a power cut may destroy the cluster, as suits tests */
  durable?: boolean;
  /** `<dataDir>.log` unless told */
  logFile?: string;
}

/** A Postgres we started. */
export interface PostgresServer {
  /** where to connect to a database of it */
  readonly url: (database: string) => string;
  readonly port: number;
  readonly pid: number;
  readonly process: Child;
  /** does nothing when the database exists */
  readonly createDatabase: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/**
 * Starts a Postgres on 127.0.0.1 and waits until it accepts a connection. One that a killed run of ours left on
 * the same `dataDir` is ended first.
 * @throws an Error with the end of its log when it does not come up
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  await mkdir(dirname(options.dataDir), { recursive: true });
  const runner = await unprivileged([postgresBinaries(), dirname(options.dataDir)]);
  await prepareCluster(options.dataDir, runner);
  const port = options.port ?? (await freePort());
  const url = (database: string) => `postgres://${clusterUser}@127.0.0.1:${port}/${database}`;
  const child = await launchUntilReady(
    () => launch(options, port, runner),
    () => answers(url('postgres'), options.dataDir),
  );
  return {
    url,
    port,
    pid: child.pid,
    process: child,
    createDatabase: (name) => createDatabase(url('postgres'), name),
    stop: child.stop,
    kill: child.kill,
  };
}

/** Creates a database; one that exists is left as it is. */
export async function createDatabase(adminUrl: string, name: string): Promise<void> {
  await query(adminUrl, `create database ${escapeIdentifier(name)}`).catch((error: { code?: string }) => {
    if (error.code !== duplicateDatabase) throw error;
  });
}

/** Drops a database, with the connections to it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await query(adminUrl, `drop database if exists ${escapeIdentifier(name)} with (force)`);
}

const duplicateDatabase = '42P04';

async function launchUntilReady(
  start: () => Promise<Child>,
  isReady: () => Promise<boolean>,
): Promise<Child> {
  for (let left = 40; ; left -= 1) {
    const child = await start();
    try {
      await untilReady(child, isReady, readyPatienceMs);
      return child;
    } catch (error) {
      // The processes of a server that was killed outlive it by the statement they are at.
      if (left === 0 || !(error as Error).message.includes('is still in use')) throw error;
      await sleep(250);
    }
  }
}

function launch(options: PostgresOptions, port: number, runner: Unprivileged): Promise<Child> {
  const flags = Object.entries(settings(options, port)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  return startChild({
    name: 'Postgres',
    ...runner.wrap(join(postgresBinaries(), 'postgres'), ['-D', options.dataDir, ...flags]),
    ...runner.identity,
    cwd: options.dataDir,
    output: { file: options.logFile ?? `${options.dataDir}.log` },
    // Fast shutdown. SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
  });
}

function settings({ durable = true }: PostgresOptions, port: number): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '300',
    synchronous_commit: 'on',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
  };
}

// Asked for its folder: somebody else's Postgres on that port answers too.
async function answers(url: string, dataDir: string): Promise<boolean> {
  return (await query(url, 'show data_directory')).data_directory === dataDir;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection cut after the statement has nobody to tell.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}

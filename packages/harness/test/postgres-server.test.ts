import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../src/postgres-server.js';
import { discardFolder, makeFolder } from './folder.js';

describe('startPostgres', () => {
  let folder: string;
  let dataDir: string;

  beforeEach(async () => {
    folder = await makeFolder();
    dataDir = join(folder, 'postgres');
  });

  afterEach(() => discardFolder(folder));

  const start = (port?: number) =>
    startPostgres({ dataDir, durable: false, ...(port !== undefined && { port }) });

  it('makes a UTF-8 cluster that commits synchronously, and databases in it', async () => {
    const server = await start();
    await server.createDatabase('it"s');
    await server.createDatabase('it"s');
    expect(
      await ask(server, 'postgres', 'select datname from pg_database order by oid desc limit 1'),
    ).toEqual('it"s');
    expect(await ask(server, 'postgres', 'show synchronous_commit')).toBe('on');
    expect(await ask(server, 'postgres', 'show server_encoding')).toBe('UTF8');
    expect(await ask(server, 'postgres', 'show listen_addresses')).toBe('127.0.0.1');
    expect((await readdir(folder)).sort()).toEqual(['postgres', 'postgres.log']);
    await server.stop();
    expect(await server.process.ended).toBe('exit code 0');
  });

  it('keeps its data when it is stopped and when it is killed', async () => {
    const first = await start();
    await ask(first, 'postgres', 'create table kept as select 1 as how_often');
    await first.stop();
    const second = await start(first.port);
    await ask(second, 'postgres', 'update kept set how_often = how_often + 1');
    await second.kill();
    const third = await start(first.port);
    expect(await ask(third, 'postgres', 'select how_often from kept')).toBe(2);
    await third.stop();
  });

  it('ends the one a killed run left on the same folder', async () => {
    const left = await start();
    const next = await start();
    expect(await left.process.ended).toBe('exit code 0');
    expect(await ask(next, 'postgres', 'select 1 as one')).toBe(1);
    await next.stop();
  });

  it('starts over a process id file nobody stands behind, whoever has that id now', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    const server = await start();
    expect(await ask(server, 'postgres', 'select 1 as one')).toBe(1);
    await server.stop();
  });

  it('refuses the data of another version in plain words', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, 'PG_VERSION'), '16\n');
    await expect(start()).rejects.toThrow('holds the data of Postgres 16, and this is Postgres 18');
  });

  it('makes a cluster where an interrupted initdb has left its draft', async () => {
    await mkdir(`${dataDir}-new-abc123`, { recursive: true });
    const server = await start();
    expect(existsSync(join(dataDir, 'PG_VERSION'))).toBe(true);
    await server.stop();
  });
});

async function ask(server: PostgresServer, database: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: server.url(database) });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

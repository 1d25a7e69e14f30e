import { readdir, readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { ensureAttemptPartitions } from './attempt-partitions.js';

const folder = new URL('../migrations/', import.meta.url);
/** Any number, so long as nobody else takes it. */
const lock = 7_301_846;

/**
 * Brings a database to the newest schema: every file of `migrations/` that was not applied yet, in the order of
 * their names, each in its transaction. Callers at the same time wait for one another.
 * @returns the names of the files applied now
 */
export async function migrate(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    await client.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const applied = await applyMissing(client);
    await ensureAttemptPartitions(client, new Date());
    return applied;
  } finally {
    await client.end();
  }
}

async function applyMissing(client: Client): Promise<string[]> {
  const missing = await missingMigrations(client);
  for (const name of missing) await apply(client, name);
  return missing;
}

/** The migrations a database still has to get, in their order. */
export async function missingMigrations(client: Client): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  const table = await client.query<{ there: boolean }>(
    `select to_regclass('migrations') is not null as there`,
  );
  if (!table.rows[0]?.there) return files;
  const { rows } = await client.query<{ name: string }>('select name from migrations');
  const known = new Set(rows.map(({ name }) => name));
  return files.filter((name) => !known.has(name));
}

async function apply(client: Client, name: string): Promise<void> {
  const sql = await readFile(new URL(name, folder), 'utf8');
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into migrations (name) values ($1)', [name]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name} failed`, { cause: error });
  }
}

import { fileURLToPath } from 'node:url';
import { migrate } from '@signalbox/postgres';
import { Client } from 'pg';
import { schema as naiveSchema } from './naive/schema.js';

/** One of the two systems that are compared: an API and a worker that share a Redis and a Postgres. */
export interface Side {
  name: 'naive' | 'ours';
  /** The compiled programs. */
  api: string;
  worker: string;
  createTables(databaseUrl: string): Promise<void>;
}

/** The baseline beside us. */
export const naive: Side = {
  name: 'naive',
  api: compiled('./naive/api.js'),
  worker: compiled('./naive/worker.js'),
  createTables: createNaiveTables,
};

/** The real thing. */
export const ours: Side = {
  name: 'ours',
  api: compiled('../../../apps/api/dist/main.js'),
  worker: compiled('../../../apps/worker/dist/main.js'),
  createTables: async (databaseUrl) => void (await migrate(databaseUrl)),
};

function compiled(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function createNaiveTables(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(naiveSchema);
  await client.end();
}

import { newId } from '@signalbox/domain';
import { Client } from 'pg';
import { migrate } from './migrate.js';

/** A database of a test's own, with the newest schema. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Makes one on the server `TEST_DATABASE_URL` names, which `npm test` brings up. */
export async function testDatabase(adminUrl = process.env.TEST_DATABASE_URL): Promise<TestDatabase> {
  if (!adminUrl) throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test');
  const name = `test_${newId().replaceAll('-', '')}`;
  await asAdmin(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return { url: url.href, drop: () => asAdmin(adminUrl, `drop database ${name} with (force)`) };
}

async function asAdmin(adminUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

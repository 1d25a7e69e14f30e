import { Client } from 'pg';
import { dropAttemptPartitions, ensureAttemptPartitions, migrate } from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function partitions(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'attempts'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
}

test('migrating again, many at once, applies nothing twice', async () => {
  expect(await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)])).toEqual([
    [],
    [],
    [],
  ]);
});

test('partitions are made ahead and dropped when their last moment has passed', async () => {
  const now = new Date('2030-03-10T12:00:00Z');
  await ensureAttemptPartitions(client, now);
  await ensureAttemptPartitions(client, now);
  expect(await partitions()).toEqual(
    expect.arrayContaining([
      'attempts_20300310',
      'attempts_20300311',
      'attempts_20300312',
      'attempts_20300313',
    ]),
  );
  const dropped = await dropAttemptPartitions(client, new Date('2030-03-12T00:00:01Z'));
  expect(dropped).toEqual(expect.arrayContaining(['attempts_20300310', 'attempts_20300311']));
  expect(await partitions()).toEqual(['attempts_20300312', 'attempts_20300313', 'attempts_rest']);
});

import { type Client, transaction } from '@signalbox/postgres';
import { Pool } from 'pg';

const stores = [
  {
    id: '01900000-0000-7000-8000-00000000a001',
    location: 'fr-auchan-larochelle',
    name: 'Auchan La Rochelle',
  },
  { id: '01900000-0000-7000-8000-00000000a002', location: 'fr-demo-nantes', name: 'Demo Nantes' },
];

const users = [
  user(1, 'Camille Critical', 'critical', 'fr-auchan-larochelle'),
  user(2, 'Samir Standard', 'standard', 'fr-auchan-larochelle'),
  user(3, 'Bianca Both', 'both', 'fr-auchan-larochelle'),
  { ...user(4, 'Ines Inactive', 'both', 'fr-auchan-larochelle'), active: false },
  user(5, 'Nora Nantes', 'both', 'fr-demo-nantes'),
  user(6, 'Clement Critical', 'critical', 'fr-demo-nantes'),
];

/** Any number, so long as nobody else takes it. */
const lock = 7_301_847;

/**
 * Two demo stores with their users, into a database that has no store. Callers at the same time wait for one another.
 * @returns whether anything was written
 */
export function seedDemo(pool: Pool): Promise<boolean> {
  return transaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [lock]);
    const { rowCount } = await client.query('select from stores limit 1');
    if (rowCount === 0) await insertDemo(client);
    return rowCount === 0;
  });
}

/** `seedDemo` on a database named by its URL. */
export async function seedDatabase(url: string): Promise<boolean> {
  const pool = new Pool({ connectionString: url, max: 1 });
  try {
    return await seedDemo(pool);
  } finally {
    await pool.end();
  }
}

async function insertDemo(client: Client): Promise<void> {
  for (const { id, location, name } of stores) {
    await client.query('insert into stores (id, location, name) values ($1, $2, $3)', [id, location, name]);
  }
  for (const { id, name, preference, active, location } of users) {
    await client.query('insert into users (id, name, preference, active) values ($1, $2, $3, $4)', [
      id,
      name,
      preference,
      active,
    ]);
    await client.query(
      'insert into memberships (store_id, user_id) select id, $2 from stores where location = $1',
      [location, id],
    );
  }
}

function user(number: number, name: string, preference: 'critical' | 'standard' | 'both', location: string) {
  return { id: `01900000-0000-7000-8000-00000000000${number}`, name, preference, active: true, location };
}

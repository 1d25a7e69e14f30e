import { type TestDatabase, testDatabase } from '@signalbox/postgres/testing';
import { Pool } from 'pg';
import { seedDemo } from '../src/seed.js';

describe('seedDemo', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeEach(async () => {
    database = await testDatabase();
    pool = new Pool({ connectionString: database.url });
    // A connection on its way out hears of the drop.
    pool.on('error', () => undefined);
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  it('writes once, however many do it at once', async () => {
    const written = await Promise.all([seedDemo(pool), seedDemo(pool), seedDemo(pool)]);
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(await seedDemo(pool)).toBe(false);
  });

  it('gives the first store one user of each kind', async () => {
    await seedDemo(pool);
    const { rows } = await pool.query(
      `select users.preference, users.active from users
         join memberships on memberships.user_id = users.id
         join stores on stores.id = memberships.store_id
        where stores.location = 'fr-auchan-larochelle' order by users.id`,
    );
    expect(rows).toEqual([
      { preference: 'critical', active: true },
      { preference: 'standard', active: true },
      { preference: 'both', active: true },
      { preference: 'both', active: false },
    ]);
  });

  it('leaves a database that has a store alone', async () => {
    await pool.query(`insert into stores (id, location, name) values (gen_random_uuid(), 'mine', 'Mine')`);
    expect(await seedDemo(pool)).toBe(false);
    const { rows } = await pool.query('select location from stores');
    expect(rows).toEqual([{ location: 'mine' }]);
  });
});

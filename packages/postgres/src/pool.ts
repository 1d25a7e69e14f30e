import { Pool, type PoolClient } from 'pg';

export type { Pool };
export type Client = PoolClient;
/** What runs statements: a pool, each by itself, or a client, all of them in its transaction. */
export type Db = Pool | Client;

/**
 * A pool of connections.
 * @param onIdleError hears of connections that broke while nobody used them (a restart of Postgres, say); the pool
 *   replaces them by itself
 */
export function connect(url: string, max: number, onIdleError: (error: Error) => void): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 2_000,
    // Shorter than a statement may hang: when one finds its connection dead without a word (a failover, a firewall), those
    // that died with it are gone by then, and do not cost the next ones as long again.
    idleTimeoutMillis: 5_000,
    // A statement that hangs would hold its batch and everybody in it.
    query_timeout: 10_000,
    statement_timeout: 10_000,
    application_name: 'signalbox',
    keepAlive: true,
  });
  pool.on('error', onIdleError);
  return pool;
}

/** Runs `work` in one transaction; a throw rolls it back. Within a transaction it becomes a part of that one. */
export async function transaction<T>(db: Db, work: (client: Client) => Promise<T>): Promise<T> {
  return db instanceof Pool ? ownTransaction(db, work) : work(db);
}

async function ownTransaction<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // Between two statements nobody else hears that the connection broke, and an error nobody hears ends the process.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.off('error', onError);
    // A connection that broke, or could not even roll back, is not given to anybody else.
    client.release(broken);
  }
}

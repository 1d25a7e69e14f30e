import { Pool, type PoolClient } from 'pg';

export type { Pool };
export type Client = PoolClient;

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
    idleTimeoutMillis: 30_000,
    // A statement that hangs would hold its batch and everybody in it.
    query_timeout: 10_000,
    statement_timeout: 10_000,
    application_name: 'signalbox',
    keepAlive: true,
  });
  pool.on('error', onIdleError);
  return pool;
}

/** Runs `work` in one transaction; a throw rolls it back. */
export async function transaction<T>(pool: Pool, work: (client: Client) => Promise<T>): Promise<T> {
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

import { Redis } from 'ioredis';
import { Client } from 'pg';

// Servers somebody else runs, named by REDIS_URL and DATABASE_URL. Asked once before anything starts: a wrong URL
// should be told as such, not found in the log of a worker.

/** @throws an Error in plain words when no Redis answers at REDIS_URL */
export async function requireRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    disconnectTimeout: 50,
    retryStrategy: () => null,
  });
  let reason: unknown;
  client.on('error', (error) => {
    reason = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw unreachable('REDIS_URL', url, reason ?? error);
  } finally {
    client.disconnect();
  }
}

/** @throws an Error in plain words when no Postgres answers at DATABASE_URL, or it does not let us in */
export async function requirePostgres(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
  } catch (error) {
    throw unreachable('DATABASE_URL', url, error);
  } finally {
    await client.end();
  }
}

function unreachable(variable: string, url: string, error: unknown): Error {
  // Of several addresses tried, Node tells the reasons one by one, and nothing in sum.
  const reasons = error instanceof AggregateError ? error.errors : [error];
  const because = reasons
    .map((reason) => (reason instanceof Error ? reason.message : String(reason)))
    .join('; ');
  return new Error(`${variable} is set, but nobody answers at ${hostOf(url)}: ${because}`, { cause: error });
}

/** The URL without its password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'that address, which is not a URL';
}

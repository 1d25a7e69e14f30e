import { Client } from 'pg';
import { missingMigrations } from './migrate.js';

/** The first with `date_bin`, by which attempts are counted. */
const oldest = 14;
const patienceMs = 5_000;
const shape =
  'must be a URL like postgres://user:password@host:5432/name, the special characters of a password percent-encoded ("@" is %40)';

/**
 * Looks once whether the database of DATABASE_URL can be used.
 * @param lookAtSchema whether it must have the newest schema already
 * @returns what is wrong and what would be right, for whoever set it, without the password; null when all is well
 */
export async function postgresComplaint(url: string, lookAtSchema: boolean): Promise<string | null> {
  const place = placeOf(url);
  if (!place) return `DATABASE_URL ${shape}.`;
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  // A connection that breaks under a query fails the query, and says so here a second time.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    return tooOld(rows[0]?.version ?? 0, place) ?? (lookAtSchema ? await unmigrated(client, place) : null);
  } catch (error) {
    return `DATABASE_URL: ${whyNot(error, place)}`;
  } finally {
    await client.end();
  }
}

/** What of a URL may be shown. */
interface Place {
  host: string;
  database: string;
  user: string;
}

function placeOf(text: string): Place | null {
  if (!URL.canParse(text) || !/^postgres(ql)?:/.test(text)) return null;
  const { host, pathname, username } = new URL(text);
  return { host, database: pathname.slice(1), user: username };
}

/** @param version as `server_version_num` writes it: 140011 is 14.11 */
export function tooOld(version: number, { host }: Pick<Place, 'host'>): string | null {
  const major = Math.floor(version / 10_000);
  if (major >= oldest) return null;
  return `DATABASE_URL: the Postgres at ${host} is version ${major}; Signalbox needs ${oldest} or newer.`;
}

async function unmigrated(client: Client, { database, host }: Place): Promise<string | null> {
  const missing = await missingMigrations(client);
  if (missing.length === 0) return null;
  return (
    `DATABASE_URL: the database "${database}" at ${host} lacks ${missing.length} migrations, from ${missing[0]} on: ` +
    'run "node apps/api/dist/migrate-main.js" with the same DATABASE_URL ("node dist/migrate-main.js" in the image); npm start does so by itself.'
  );
}

function whyNot(error: unknown, { host, database, user }: Place): string {
  const { code, message } = error as { code?: string; message: string };
  if (code === 'ECONNREFUSED')
    return `nothing listens at ${host}. Start Postgres there, or set the right host and port.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `there is no host "${new URL(`http://${host}`).hostname}", as far as this machine knows. Set the right one; in a password, "@" is written %40 and "/" %2F.`;
  if (code === '28P01')
    return `Postgres at ${host} refuses the password of user "${user}". Set the right one, special characters percent-encoded ("@" is %40).`;
  if (/password must be a string/.test(message))
    return `Postgres at ${host} asks for the password of user "${user}", and the URL has none. Write it as postgres://${user}:password@${host}/${database}.`;
  if (code === '3D000')
    return `Postgres at ${host} has no database "${database}". Create it (createdb ${database}), or set the right name.`;
  if (/timeout|E(HOST|NET)UNREACH|ETIMEDOUT/.test(message))
    return `nothing at ${host} answers as Postgres does (${message}). Check host and port, and the firewalls between.`;
  if (/terminated|unexpected/i.test(message))
    return `what listens at ${host} does not answer as Postgres does (${message}). Set the right host and port.`;
  return `Postgres at ${host} does not let us in: ${message}.`;
}

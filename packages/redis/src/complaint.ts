import { Redis } from 'ioredis';

/** What was found about a Redis, in sentences for whoever set REDIS_URL, without the password. */
export interface RedisFindings {
  /** Why it cannot be used, and what would be right; null when it can be. */
  wrong: string | null;
  /** What may go wrong with it some day. */
  warnings: string[];
}

const patienceMs = 5_000;

/** Looks once whether the Redis of REDIS_URL can be used. */
export async function lookAtRedis(url: string): Promise<RedisFindings> {
  if (!URL.canParse(url) || !/^rediss?:/.test(url))
    return found(
      'must be a URL like redis://host:6379, or redis://:password@host:6379 with the special characters of the password percent-encoded ("@" is %40).',
    );
  const { host } = new URL(url);
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    disconnectTimeout: 50,
    retryStrategy: () => null,
  });
  // The first says why, "Connection is closed" comes after it.
  let reason: Error | undefined;
  client.on('error', (error) => {
    reason ??= error;
  });
  try {
    await client.connect();
    return judgeRedis(await client.info(), host);
  } catch (error) {
    return found(whyNot(reason ?? (error as Error), host));
  } finally {
    client.disconnect();
  }
}

/** @param info what `INFO` answers */
export function judgeRedis(info: string, host: string): RedisFindings {
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]));
  const version = fields.get('redis_version') ?? '0';
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  if (isBelow(version, 5, 0))
    return found(`the Redis at ${host} is version ${version}; its queues need 5.0, and 6.2 is recommended.`);
  const warnings = [];
  if (isBelow(version, 6, 2))
    warnings.push(
      `REDIS_URL: the Redis at ${host} is version ${version}; 6.2 or newer is recommended for its queues.`,
    );
  if (policy !== 'noeviction')
    warnings.push(
      `REDIS_URL: the Redis at ${host} may throw jobs away when its memory is full (maxmemory-policy ${policy}). Set it to noeviction.`,
    );
  return { wrong: null, warnings };
}

function isBelow(version: string, wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

function found(what: string): RedisFindings {
  return { wrong: `REDIS_URL: ${what}`, warnings: [] };
}

function whyNot({ message, code }: Error & { code?: string }, host: string): string {
  if (code === 'ECONNREFUSED')
    return `nothing listens at ${host}. Start Redis there, or set the right host and port.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `there is no host "${new URL(`http://${host}`).hostname}", as far as this machine knows. Set the right one.`;
  if (message.startsWith('NOAUTH'))
    return `the Redis at ${host} asks for a password. Write it as redis://:password@${host}.`;
  if (message.startsWith('WRONGPASS'))
    return `the Redis at ${host} refuses the user name or the password. Set the right ones, special characters percent-encoded ("@" is %40).`;
  if (/timed out|E(HOST|NET)UNREACH|ETIMEDOUT/.test(message))
    return `nothing at ${host} answers as Redis does (${message}). Check host and port, and the firewalls between.`;
  // Whatever else has no answer of Redis's own in it comes from the network or the parser.
  if (!/^[A-Z]{2,} /.test(message))
    return `what listens at ${host} does not answer as Redis does (${message}). Set the right host and port.`;
  return `the Redis at ${host} does not let us in: ${message}.`;
}

import { Redis } from 'ioredis';

export type { Redis };

// A connection may end without a word, when a machine or a firewall between us is gone. Nobody but the one who waits for
// an answer can tell, and only by the time it takes: then the connection is given up and made anew. Unit: ms.
const commandSilence = 3_000;
/** BullMQ waits for a job at one go for 10 s at most. Unit: ms. */
const workerSilence = 15_000;

/**
 * A connection for short commands. While Redis is away a command fails at once, and one that gets no answer fails
 * after a second: callers have something better to do than to wait (Postgres holds the truth).
 * @param onError hears of every failed connection attempt; reconnecting goes on by itself
 */
export function connectCommands(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1_000,
    socketTimeout: commandSilence,
    connectTimeout: 2_000,
    disconnectTimeout: 200,
    retryStrategy: (tries) => Math.min(100 * tries, 1_000),
  });
  redis.on('error', onError);
  return redis;
}

/** A connection for a BullMQ worker: it waits for Redis as long as it takes, as BullMQ demands. */
export function connectWorker(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    socketTimeout: workerSilence,
    connectTimeout: 2_000,
    disconnectTimeout: 200,
    retryStrategy: (tries) => Math.min(100 * tries, 1_000),
  });
  redis.on('error', onError);
  return redis;
}

/** The connection was skipped because it failed a moment ago. */
export class RedisAway extends Error {
  override name = 'RedisAway';
}

/**
 * Wraps calls to Redis so that they fail at once while there is no connection, and for `pauseMs` after a failure: a
 * Redis that hangs then costs one request its second, not every request.
 */
export function failFast<In, Out>(
  redis: Pick<Redis, 'status'>,
  call: (input: In) => Promise<Out>,
  pauseMs = 1_000,
): (input: In) => Promise<Out> {
  let awayUntil = 0;
  return async (input) => {
    if (redis.status !== 'ready') throw new RedisAway('there is no connection to Redis');
    if (Date.now() < awayUntil) throw new RedisAway('Redis failed less than a second ago');
    try {
      return await call(input);
    } catch (error) {
      awayUntil = Date.now() + pauseMs;
      throw error;
    }
  };
}

import type { Redis } from 'ioredis';
import { connectWorker } from './connection.js';

const channel = '{signalbox}:directory-changed';

/** Tells all processes that what they know of stores and users is out of date. */
export async function announceChange(redis: Redis): Promise<void> {
  await redis.publish(channel, '');
}

/**
 * Calls `changed` when any process announces a change, and when the connection is there again after it was lost. What
 * is announced in between is heard of then, so a cache must expire by itself too.
 * @returns ends it
 */
export function onChange(url: string, changed: () => void, onError: (error: Error) => void): () => void {
  const redis = connectWorker(url, onError);
  redis.on('message', changed);
  redis.on('ready', changed);
  redis.subscribe(channel).catch(onError);
  return () => redis.disconnect();
}

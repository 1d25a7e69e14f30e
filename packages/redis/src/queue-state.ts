import type { Redis } from 'ioredis';
import { runScript } from './script.js';

/** What lies in a queue at one moment. */
export interface QueueState {
  /** How many jobs there are of each state; the failed ones are dead letters. */
  jobs: Record<'waiting' | 'active' | 'delayed' | 'failed', number>;
  /** For how long the job that is due the longest has been due, ms; 0: none is due; null: nobody can tell. */
  oldestDueMs: number | null;
}

/** Looks at a queue, in one round trip. */
export async function queueState(redis: Redis, queue: { toKey(type: string): string }): Promise<QueueState> {
  const keys = ['wait', 'active', 'delayed', 'failed', 'prioritized'].map((type) => queue.toKey(type));
  const now = Date.now();
  const [waiting, active, delayed, failed, since] = (await runScript(
    redis,
    'signalboxQueueState',
    stateLua,
    keys,
    [queue.toKey(''), now],
  )) as Answer;
  return { jobs: { waiting, active, delayed, failed }, oldestDueMs: since === null ? null : now - since };
}

type Answer = [waiting: number, active: number, delayed: number, failed: number, since: number | null];

/**
 * Jobs wait in the order in which they became due, the oldest last. One that was tried before does not tell when that
 * was, nor does one that was called before its time; then the next one speaks for it, which has waited little less.
 * Those that were found again wait behind them, the oldest first. What is delayed is ordered by its ms times 4096.
 */
const stateLua = `
  local now = tonumber(ARGV[2])

  local function dueSince(id)
    local timestamp, opts, tried = unpack(redis.call('HMGET', ARGV[1] .. id, 'timestamp', 'opts', 'processedOn'))
    if tried or not timestamp then return nil end
    local due = timestamp + (cjson.decode(opts).delay or 0)
    return due <= now and due or nil
  end

  local function waitingSince(ids)
    for i = #ids, 1, -1 do
      local due = dueSince(ids[i])
      if due then return due end
    end
    return #ids == 0 and now or nil
  end

  local waiting = waitingSince(redis.call('LRANGE', KEYS[1], -100, -1))
  local behind = waitingSince(redis.call('ZREVRANGE', KEYS[5], -100, -1))
  local delayedTo = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2] or math.huge
  return {
    redis.call('LLEN', KEYS[1]) + redis.call('ZCARD', KEYS[5]),
    redis.call('LLEN', KEYS[2]),
    redis.call('ZCARD', KEYS[3]),
    redis.call('ZCARD', KEYS[4]),
    waiting and behind and math.min(waiting, behind, math.floor(delayedTo / 4096)) or false,
  }`;

import type { Redis } from 'ioredis';
import { runScript } from './script.js';

/** How fast something may be done. */
export interface Pace {
  /** What has the same key shares the pace. */
  key: string;
  /** At most this many in any `periodMs`, those of a burst included. */
  count: number;
  periodMs: number;
  /** How many may go at once after a quiet time; 1 to `count`. */
  burst: number;
}

/**
 * Takes the next free slot of a pace, for good, and tells in how many ms it comes; 0 means now. All processes ask one
 * clock, that of Redis, so whoever waits as told keeps the pace together with all others.
 * @throws RangeError for a pace that nobody could keep
 */
export async function reserveSlot(redis: Redis, pace: Pace): Promise<number> {
  const spacing = spacingMs(pace);
  const values = [spacing, spacing * (pace.burst - 1)];
  return (await runScript(
    redis,
    'signalboxReserveSlot',
    reserveLua,
    [`{slots}:${pace.key}`],
    values,
  )) as number;
}

/**
 * The distance of slots once a burst is used up. The fullest window begins with a whole burst, and holds
 * `burst + floor(periodMs / spacing)` slots, its last instant included. That is at most `count` if and only if
 * `spacing > periodMs / (count - burst + 1)`. Evenly spacing by `periodMs / count` would allow `burst` too many.
 */
function spacingMs({ count, periodMs, burst }: Pace): number {
  const possible = [count, periodMs, burst].every(Number.isInteger) && periodMs > 0;
  if (!possible || burst < 1 || burst > count) throw new RangeError(`no pace: ${count}/${periodMs}/${burst}`);
  return Math.floor(periodMs / (count - burst + 1)) + 1;
}

/**
 * GCRA, the leaky bucket as a single number: when the bucket will have run empty. The key says nothing from that moment
 * on, so it expires with it.
 */
const reserveLua = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local slot = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
  local empty = slot + ARGV[1]
  redis.call('SET', KEYS[1], string.format('%.0f', empty), 'PX', string.format('%.0f', empty - now))
  return math.max(0, slot - ARGV[2] - now)`;

import { failFast, type Redis } from '@signalbox/redis';
import type { Log } from '@signalbox/runtime';
import { RateLimiterRedis } from 'rate-limiter-flexible';

/** Counts a request of a sender. Unit of the answer: ms until the sender may come again; 0: it may pass. */
export type RateLimit = (sender: string) => number;

export interface RateLimitOptions {
  /** Requests per sender and window, over all processes. */
  limit: number;
  /** A window begins with a sender's first request. Unit: ms, whole seconds. */
  windowMs: number;
  /** The time in ms from wherever. */
  clock?: () => number;
}

/** What a sender did here since it was last told of. */
export interface Counted {
  sender: string;
  count: number;
}

/** What a sender did in all processes, and how long its window still lasts. */
export interface Total {
  count: number;
  restMs: number;
}

/** Tells the other processes what was counted here; the totals come in the same order. */
export type Tell = (counted: Counted[]) => Promise<Total[]>;

interface Window {
  sender: string;
  count: number;
  /** Of `count`, what the other processes have not been told. */
  untold: number;
  endsAt: number;
  /** A request was refused in it. */
  isOver: boolean;
}

/** Who hears of what happens beside the requests. */
export interface Listeners {
  /** A sender is refused, for the first time in its window. */
  onRefused: (sender: string) => void;
  /** Telling failed. */
  onError: (error: unknown) => void;
}

/** How often a sender's count is told. */
const everyMs = 100;
/** Senders name themselves (any id in a path, any address); memory is not theirs to fill. */
const mostSenders = 10_000;

/**
 * Limits senders without ever waiting: requests are counted here, and a busy sender's count is told to the other
 * processes every 100 ms. Hence, beyond its limit, a sender gets at most what each process lets through in 100 ms and a
 * round trip, and 0.1 % of the limit per process, which is not worth telling. While telling fails, each process holds
 * the limit by itself.
 */
export function createRateLimit(
  { limit, windowMs, clock = () => performance.now() }: RateLimitOptions,
  tell: Tell,
  { onRefused, onError }: Listeners,
): RateLimit {
  const windows = new Map<string, Window>();
  const worthTelling = Math.max(1, Math.floor(limit / 1_000));
  const tellOf = createTeller(tell, clock, onError);

  return (sender) => {
    const now = clock();
    const known = windows.get(sender);
    const window = known && known.endsAt > now ? known : open(sender, now);
    if (window.count >= limit) return refuse(window, now);
    window.count += 1;
    window.untold += 1;
    if (window.untold === worthTelling) tellOf(window);
    return 0;
  };

  function refuse(window: Window, now: number): number {
    if (!window.isOver) onRefused(window.sender);
    window.isOver = true;
    return window.endsAt - now;
  }

  function open(name: string, now: number): Window {
    // A part of a URL keeps all of that URL in memory, up to 16 KiB of it; a copy does not.
    const sender = Buffer.from(name).toString();
    const window = { sender, count: 0, untold: 0, endsAt: now + windowMs, isOver: false };
    if (windows.size >= mostSenders) windows.delete(windows.keys().next().value as string);
    windows.set(sender, window);
    return window;
  }
}

/** Tells of all windows that are due at once, and again only when that is answered. */
function createTeller(tell: Tell, clock: () => number, onError: (error: unknown) => void) {
  let due: Window[] = [];
  let isTelling = false;

  return (window: Window): void => {
    due.push(window);
    tellSoon();
  };

  function tellSoon(): void {
    if (isTelling || due.length === 0) return;
    isTelling = true;
    setTimeout(() => void tellDue(), everyMs).unref();
  }

  async function tellDue(): Promise<void> {
    const told = due;
    due = [];
    const counted = told.map(({ sender, untold }) => ({ sender, count: untold }));
    for (const window of told) window.untold = 0;
    try {
      const totals = await tell(counted);
      for (const [index, total] of totals.entries()) learn(told[index] as Window, total, clock());
    } catch (error) {
      // What could not be told counts here only: better some too many than a sender limited for our trouble.
      onError(error);
    }
    isTelling = false;
    tellSoon();
  }
}

function learn(window: Window, { count, restMs }: Total, now: number): void {
  window.count = count + window.untold;
  window.endsAt = now + restMs;
}

/** The limit of the ingest doors. @param perMinute 0: none */
export function openRateLimit(perMinute: number, redis: Redis, log: Log): RateLimit {
  if (perMinute === 0) return () => 0;
  const options = { limit: perMinute, windowMs: 60_000 };
  return createRateLimit(options, failFast(redis, tellRedis(redis, options)), {
    onRefused: (sender) => log.warn({ sender, per_minute: perMinute }, 'rate_limit.sender_refused'),
    onError: (error) => log.debug({ err: error }, 'rate_limit.not_told'),
  });
}

/** Tells by way of Redis, which adds up what all processes tell. */
export function tellRedis(redis: Redis, { limit, windowMs }: RateLimitOptions): Tell {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: 'ingest-rate',
    points: limit,
    duration: windowMs / 1_000,
  });
  return (counted) =>
    Promise.all(
      counted.map(async ({ sender, count }) => {
        const { consumedPoints, msBeforeNext } = await limiter.penalty(sender, count);
        return { count: consumedPoints, restMs: msBeforeNext };
      }),
    );
}

/** The hours of every day in which a user's standard alerts wait. */
export interface QuietHours {
  /** `HH:MM`, 00:00 to 23:59, as the clock on the user's wall shows it. */
  from: string;
  /** Like `from`, and not equal to it; an earlier time means the next day. */
  to: string;
  /** IANA time zone, such as `Europe/Paris`. */
  timeZone: string;
}

const minuteMs = 60_000;
const dayMinutes = 24 * 60;

/** Whether a text names a time zone this machine knows. */
export function isTimeZone(text: string): boolean {
  try {
    clockOf(text);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** When the quiet hours that hold at `now` end; null when none hold. */
export function quietUntil({ from, to, timeZone }: QuietHours, now: Date): Date | null {
  const begin = minutesOf(from);
  const length = (minutesOf(to) - begin + dayMinutes) % dayMinutes;
  const passed = (wallMinutes(now, timeZone) - begin + dayMinutes) % dayMinutes;
  return passed < length ? wallTimeAfter(now, length - passed, minutesOf(to), timeZone) : null;
}

/**
 * The moment at which the clock on the wall shows `goal`, about `minutes` from now. The clock may be put forward or back
 * in between; a time that it then skips counts as come when it is passed.
 */
function wallTimeAfter(now: Date, minutes: number, goal: number, timeZone: string): Date {
  const startOfMinute = Math.floor(now.getTime() / minuteMs) * minuteMs;
  const guess = startOfMinute + minutes * minuteMs;
  const off = wallMinutes(new Date(guess), timeZone) - goal;
  const shift = ((off + dayMinutes + dayMinutes / 2) % dayMinutes) - dayMinutes / 2;
  const corrected = guess - shift * minuteMs;
  // Where the goal is skipped, the correction lands before the jump; then the first guess is as good as any.
  const isThere = wallMinutes(new Date(corrected), timeZone) === goal && corrected > now.getTime();
  return new Date(isThere ? corrected : guess);
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Minutes since midnight on the wall. */
function wallMinutes(at: Date, timeZone: string): number {
  return minutesOf(clockOf(timeZone).format(at));
}

/** Making one costs a thousand times what using it does. Names may be written in any case, so they are not kept for ever. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  if (clocks.size >= 1_000) clocks.clear();
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(timeZone, clock);
  return clock;
}

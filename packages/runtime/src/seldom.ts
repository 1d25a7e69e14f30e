const minuteMs = 60_000;

/**
 * For what may be said a thousand times a second, and is heard once.
 * @param say told at once, then at most once a minute, with how often it was asked to since the time before
 * @param now the clock. Unit: ms.
 */
export function atMostEveryMinute<Told>(
  say: (told: Told, times: number) => void,
  now = () => performance.now(),
): (told: Told) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  let times = 0;
  return (told) => {
    times += 1;
    if (now() - saidAt < minuteMs) return;
    saidAt = now();
    say(told, times);
    times = 0;
  };
}

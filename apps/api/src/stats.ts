import { type AttemptCount, bucketDuration, type Window } from '@signalbox/postgres';

const minuteMs = 60_000;
/** How long a point of a series may be. */
const stepsMs = [1, 2, 5, 10, 15, 30, 60, 120].map((minutes) => minutes * minuteMs);
const mostPoints = 120;

/** At least the last `windowMs` (5 minutes to 7 days) before `now`, in at most 120 steps, of which the first is whole. */
export function windowBefore(now: Date, windowMs: number): Window {
  // Neither the window nor the present begins with a step, which may cost a point.
  const stepMs = stepsMs.find((ms) => windowMs / ms <= mostPoints - 1) ?? Number.NaN;
  const since = Math.floor((now.getTime() - windowMs) / stepMs) * stepMs;
  return { since: new Date(since), until: now, stepMs };
}

/** How attempts went. Latencies are those of all attempts in ms, read from buckets: at most 9 % off, or 1 ms. */
export function summarize(counts: readonly AttemptCount[], window: Window) {
  const failures = counts.filter(({ outcome }) => outcome !== 'success');
  const attempts = total(counts);
  const failed = total(failures);
  return {
    attempts,
    delivered: attempts - failed,
    failed,
    error_rate: attempts === 0 ? 0 : failed / attempts,
    reasons: Object.fromEntries(
      [...groups(failures, ({ outcome }) => outcome)].map(([reason, of]) => [reason, total(of)]),
    ),
    latency_ms: percentiles(counts),
    series: series(counts, window),
  };
}

function series(counts: readonly AttemptCount[], { since, until, stepMs }: Window) {
  const byStart = groups(counts, ({ at }) => at.getTime());
  const points = [];
  for (let at = since.getTime(); at <= until.getTime(); at += stepMs) {
    const step = byStart.get(at) ?? [];
    const failed = total(step.filter(({ outcome }) => outcome !== 'success'));
    points.push({ at: new Date(at).toISOString(), attempts: total(step), failed, ...percentiles(step) });
  }
  return points;
}

/** The shortest durations that 50, 95 and 99 of 100 attempts do not exceed; null without attempts. */
function percentiles(counts: readonly AttemptCount[]) {
  const ascending = counts.toSorted((a, b) => a.bucket - b.bucket);
  const attempts = total(counts);
  const percentile = (percent: number) => {
    let left = Math.ceil((percent * attempts) / 100);
    const reached = ascending.find(({ count }) => {
      left -= count;
      return left <= 0;
    });
    return reached ? Math.round(10 * bucketDuration(reached.bucket)) / 10 : null;
  };
  return { p50: percentile(50), p95: percentile(95), p99: percentile(99) };
}

function total(counts: readonly AttemptCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

function groups<Key>(
  counts: readonly AttemptCount[],
  keyOf: (count: AttemptCount) => Key,
): Map<Key, AttemptCount[]> {
  const byKey = new Map<Key, AttemptCount[]>();
  for (const count of counts) {
    const group = byKey.get(keyOf(count));
    if (group) group.push(count);
    else byKey.set(keyOf(count), [count]);
  }
  return byKey;
}

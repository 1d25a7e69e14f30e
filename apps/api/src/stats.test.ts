import * as fc from 'fast-check';
import { summarize, windowBefore } from './stats.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const times = fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
const windows = fc.integer({ min: 5 * minuteMs, max: 7 * dayMs });

test('a window reaches back as far as asked, hardly further, in at most 120 steps', () => {
  fc.assert(
    fc.property(times, windows, (now, windowMs) => {
      const window = windowBefore(now, windowMs);
      const since = window.since.getTime();
      expect(since).toBeLessThanOrEqual(now.getTime() - windowMs);
      expect(since).toBeGreaterThan(now.getTime() - windowMs - window.stepMs);
      expect(since % window.stepMs).toBe(0);
      const { series } = summarize([], window);
      expect(series.length).toBeLessThanOrEqual(120);
      expect(series[0]?.at).toBe(window.since.toISOString());
      expect(now.getTime() - Date.parse(series.at(-1)?.at ?? '')).toBeLessThan(window.stepMs);
    }),
  );
});

test('whatever reaches back to where only hours are known is told in whole hours', () => {
  const now = new Date('2026-03-05T10:20:30Z');
  fc.assert(
    fc.property(windows, (windowMs) => {
      const { since, stepMs } = windowBefore(now, windowMs);
      if (now.getTime() - since.getTime() > 72 * 60 * minuteMs) expect(stepMs % (60 * minuteMs)).toBe(0);
    }),
  );
});

test('no attempts: no failures, and no latencies', () => {
  const window = windowBefore(new Date('2026-03-05T10:20:30Z'), 5 * minuteMs);
  const { series, ...rest } = summarize([], window);
  expect(rest).toEqual({
    attempts: 0,
    delivered: 0,
    failed: 0,
    error_rate: 0,
    reasons: {},
    latency_ms: { p50: null, p95: null, p99: null },
  });
  expect(series).toHaveLength(6);
  const at = '2026-03-05T10:15:00.000Z';
  expect(series[0]).toEqual({ at, attempts: 0, failed: 0, p50: null, p95: null, p99: null });
});

test('of a hundred attempts the 50th, 95th and 99th are told, by bucket', () => {
  const window = windowBefore(new Date('2026-03-05T10:20:30Z'), 5 * minuteMs);
  const at = new Date('2026-03-05T10:18:00Z');
  const told = summarize(
    [
      { at, outcome: 'timeout', bucket: 54, count: 2 },
      { at, outcome: 'success', bucket: 20, count: 50 },
      { at, outcome: 'server_error', bucket: 30, count: 5 },
      { at, outcome: 'success', bucket: 28, count: 43 },
    ],
    window,
  );
  const latencies = { p50: 29.3, p95: 166, p99: 10_623.7 };
  expect(told).toMatchObject({
    attempts: 100,
    delivered: 93,
    failed: 7,
    error_rate: 0.07,
    latency_ms: latencies,
  });
  expect(told.reasons).toEqual({ timeout: 2, server_error: 5 });
  expect(told.series[3]).toEqual({ at: at.toISOString(), attempts: 100, failed: 7, ...latencies });
});

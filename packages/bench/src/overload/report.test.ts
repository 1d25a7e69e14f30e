import { figures } from './report.js';
import type { Overload } from './window.js';

const spread = (p50: number) => ({ count: 900, p50, p99: 2 * p50, max: 3 * p50 });

const window: Overload = {
  kind: { name: 'alerts', bytes: 200, delayMs: 200 },
  seconds: 10,
  capacity: 50,
  rate: 200,
  report: {
    sendingMs: 10_000,
    answeringMs: 12_500,
    sent: 1_510,
    shed: 490,
    late: spread(1),
    accepted: Array.from({ length: 600 }, (_, n) => `${n}`),
    acceptedAfter: spread(2_000),
    refusedAfter: spread(3),
    withoutRetryAfter: 2,
    answers: { 202: 600, '503 overloaded': 900, ECONNRESET: 10 },
  },
  memory: { start: 100e6, max: 200.5e6, end: 150e6 },
  stored: 1_000,
};

const lines = figures([window]).split('\n');
const line = (name: string) => lines.find((text) => text.trimStart().startsWith(name));

test.each([
  ['sent, 1/s', '151'],
  ['not sent', '490'],
  ['accepted, 1/s', '48'],
  ['503, 1/s', '72'],
  ['without Retry-After', '2'],
  ['no answer', '10'],
  ['at most, MB', '201'],
  ['accepted = stored', '1000'],
])('%s: %s', (name, figure) => {
  expect(line(name)?.endsWith(`  ${figure}`)).toBe(true);
});

test('every answer is told', () => {
  expect(lines.at(-1)).toBe('alerts: 600 × 202, 900 × 503 overloaded, 10 × ECONNRESET');
});

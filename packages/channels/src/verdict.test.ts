import { type Outcome, reasons } from '@signalbox/domain';
import { judge, report, retryAfterMs } from './verdict.js';

const answer = (statusCode: number, retryAfter: string | null = null) =>
  ({ ok: true, statusCode, retryAfter, excerpt: 'text' }) as const;

function expected(statusCode: number): Outcome {
  if (statusCode >= 200 && statusCode <= 299) return { type: 'delivered' };
  if (statusCode === 410) return { type: 'refused', reason: 'gone' };
  if (statusCode === 429) return { type: 'retry', reason: 'rate_limited' };
  if ([502, 503, 504].includes(statusCode)) return { type: 'retry', reason: 'unavailable' };
  if (statusCode >= 300 && statusCode <= 399) return { type: 'retry', reason: 'redirected' };
  if (statusCode >= 400 && statusCode <= 499) return { type: 'retry', reason: 'client_error' };
  return { type: 'retry', reason: 'server_error' };
}

test('every status from 100 to 599, and what is none', () => {
  const statuses = [...Array.from({ length: 500 }, (_, i) => 100 + i), 0, 600, 999];
  for (const status of statuses)
    expect({ status, ...judge(answer(status)) }).toEqual({ status, ...expected(status) });
});

test('Retry-After goes with every retry, and with nothing else', () => {
  expect(judge(answer(429, '3'))).toEqual({ type: 'retry', reason: 'rate_limited', afterMs: 3_000 });
  expect(judge(answer(503, '3'))).toEqual({ type: 'retry', reason: 'unavailable', afterMs: 3_000 });
  expect(judge(answer(200, '3'))).toEqual({ type: 'delivered' });
  expect(judge(answer(410, '3'))).toEqual({ type: 'refused', reason: 'gone' });
});

test('no answer is a retry, except where there is nothing to send to', () => {
  for (const reason of reasons) {
    const type = /^(invalid_target|forbidden_target|https_required)$/.test(reason) ? 'refused' : 'retry';
    expect(judge({ ok: false, reason })).toEqual({ type, reason });
  }
});

const now = Date.parse('2024-01-15T10:40:00Z');

test.each([
  ['120', 120_000],
  [' 5 ', 5_000],
  ['1.5', 1_500],
  ['0.0001', 1],
  ['Mon, 15 Jan 2024 10:41:00 GMT', 60_000],
  ['Monday, 15-Jan-24 10:41:00 GMT', 60_000],
  ['Mon Jan 15 10:41:00 2024 GMT', 60_000],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 253_402_300_799_000 - now],
  ['0', null],
  ['-5', null],
  ['Mon, 15 Jan 2024 10:39:00 GMT', null],
  ['Mon, 99 Foo 2024', null],
  ['2024-01-16', null],
  ['soon', null],
  ['Infinity', null],
  ['NaN', null],
  ['1e9', null],
  ['0x10', null],
  ['', null],
  [null, null],
])('Retry-After: %.40s is %p ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});

test('a report without an answer has neither status nor excerpt', () => {
  expect(report('http://a/', { ok: false, reason: 'timeout' })).toEqual({
    outcome: { type: 'retry', reason: 'timeout' },
    targetUrl: 'http://a/',
    statusCode: null,
    responseExcerpt: null,
  });
  expect(report('http://a/', answer(204))).toMatchObject({ statusCode: 204, responseExcerpt: 'text' });
});

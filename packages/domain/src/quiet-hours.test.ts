import * as fc from 'fast-check';
import { isTimeZone, quietUntil } from './quiet-hours.js';

const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' };

test.each([
  { what: 'before they begin', now: '2026-01-10T20:59:59Z', until: null },
  { what: 'as they begin', now: '2026-01-10T21:00:00Z', until: '2026-01-11T06:00:00.000Z' },
  { what: 'before midnight', now: '2026-01-10T22:30:10Z', until: '2026-01-11T06:00:00.000Z' },
  { what: 'after midnight', now: '2026-01-11T03:00:00Z', until: '2026-01-11T06:00:00.000Z' },
  { what: 'in their last second', now: '2026-01-11T05:59:59Z', until: '2026-01-11T06:00:00.000Z' },
  { what: 'as they end', now: '2026-01-11T06:00:00Z', until: null },
  { what: 'in summer', now: '2026-07-10T21:00:00Z', until: '2026-07-11T05:00:00.000Z' },
  {
    what: 'over the night the clock goes forward',
    now: '2026-03-28T22:00:00Z',
    until: '2026-03-29T05:00:00.000Z',
  },
  {
    what: 'over the night the clock goes back',
    now: '2026-10-24T21:00:00Z',
    until: '2026-10-25T06:00:00.000Z',
  },
])('$what: until $until', ({ now, until }) => {
  expect(quietUntil(night, new Date(now))?.toISOString() ?? null).toBe(until);
});

test('may lie within a day, and in zones with odd offsets', () => {
  const siesta = { from: '13:15', to: '14:45', timeZone: 'Asia/Kathmandu' };
  expect(quietUntil(siesta, new Date('2026-05-01T08:00:00Z'))?.toISOString()).toBe(
    '2026-05-01T09:00:00.000Z',
  );
  expect(quietUntil(siesta, new Date('2026-05-01T09:00:00Z'))).toBeNull();
});

test('that would end in the hour the clock skips end once it is over', () => {
  const early = { from: '00:00', to: '02:30', timeZone: 'Europe/Paris' };
  const until = quietUntil(early, new Date('2026-03-29T00:30:00Z')) as Date;
  expect(until.getTime()).toBeGreaterThanOrEqual(Date.parse('2026-03-29T01:00:00Z'));
  expect(until.getTime()).toBeLessThanOrEqual(Date.parse('2026-03-29T02:00:00Z'));
});

test('at any moment, in any zone: they end in the future, within a day, and are over when they have ended', () => {
  const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Paris',
    'America/New_York',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
  );
  const when = fc.date({ min: new Date('2025-01-01'), max: new Date('2028-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(minute, minute, zones, when, (from, to, timeZone, now) => {
      fc.pre(from !== to);
      const hours = { from: written(from), to: written(to), timeZone };
      const until = quietUntil(hours, now);
      if (!until) return;
      expect(until.getTime()).toBeGreaterThan(now.getTime());
      expect(until.getTime() - now.getTime()).toBeLessThanOrEqual(25 * 60 * 60 * 1000);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['Europe/Paris', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['', false],
])('"%s" is a time zone: %s', (text, is) => {
  expect(isTimeZone(text)).toBe(is);
});

function written(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

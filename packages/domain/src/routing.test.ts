import { route, routeRevision } from './routing.js';
import type { Severity } from './signal.js';

const members = [
  { userId: 'critical-only', preference: 'critical', active: true },
  { userId: 'standard-only', preference: 'standard', active: true },
  { userId: 'both', preference: 'both', active: true },
  { userId: 'inactive', preference: 'both', active: false },
] as const;
const quiet = { routeWarning: false, production: true };

test.each<{ severity: Severity; told: string[] }>([
  { severity: 'critical', told: ['critical-only', 'both'] },
  { severity: 'warning', told: ['standard-only', 'both'] },
  { severity: 'info', told: ['standard-only', 'both'] },
])('a $severity store alert is owed to $told', ({ severity, told }) => {
  const signal = { audience: { type: 'store', location: 'x' }, severity, testMode: false } as const;
  const targets = route(signal, { members, paging: quiet });
  expect(targets.map((target) => target.userId)).toEqual(told);
  expect(new Set(targets.map((target) => target.channel))).toEqual(new Set(['notification']));
});

test('a store without users owes nobody', () => {
  const signal = {
    audience: { type: 'store', location: 'x' },
    severity: 'critical',
    testMode: false,
  } as const;
  expect(route(signal, { members: [], paging: quiet })).toEqual([]);
});

test.each<{
  severity: Severity;
  routeWarning: boolean;
  testMode: boolean;
  production: boolean;
  pages: boolean;
}>([
  { severity: 'critical', routeWarning: false, testMode: false, production: true, pages: true },
  { severity: 'warning', routeWarning: false, testMode: false, production: true, pages: false },
  { severity: 'warning', routeWarning: true, testMode: false, production: true, pages: true },
  { severity: 'info', routeWarning: true, testMode: false, production: true, pages: false },
  { severity: 'critical', routeWarning: true, testMode: true, production: true, pages: false },
  { severity: 'critical', routeWarning: false, testMode: true, production: false, pages: true },
])(
  'operators: $severity, ROUTE_WARNING=$routeWarning, test mode $testMode, production $production → $pages',
  (row) => {
    const signal = {
      audience: { type: 'operators' },
      severity: row.severity,
      testMode: row.testMode,
    } as const;
    const targets = route(signal, { members: [], paging: row });
    expect(targets).toEqual(row.pages ? [{ channel: 'pagerduty', target: 'default', userId: null }] : []);
  },
);

describe('a later revision is owed to', () => {
  const page = { channel: 'pagerduty', target: 'default', userId: null };
  const user = { channel: 'notification', target: 'u', userId: 'u' };
  const over = new Date();

  test.each<{ what: string; severity: Severity; told: Severity[]; owed: boolean }>([
    { what: 'those who were not told at all', severity: 'critical', told: [], owed: true },
    { what: 'those told at a milder class', severity: 'critical', told: ['warning'], owed: true },
    { what: 'nobody told at the same class', severity: 'critical', told: ['critical'], owed: false },
    { what: 'nobody when it became milder', severity: 'warning', told: ['critical'], owed: false },
    {
      what: 'nobody when it moved within the standard class',
      severity: 'warning',
      told: ['info'],
      owed: false,
    },
    {
      what: 'nobody told at any time as graver',
      severity: 'critical',
      told: ['critical', 'warning'],
      owed: false,
    },
  ])('$what', ({ severity, told, owed }) => {
    const before = told.flatMap((was) => [
      { ...page, severity: was },
      { ...user, severity: was },
    ]);
    expect(routeRevision({ severity, resolvedAt: null }, [page, user], before)).toEqual(
      owed ? [page, user] : [],
    );
  });

  test('whoever was paged, once, when it is over; to nobody if nobody was', () => {
    const told = [
      { ...page, severity: 'warning' as const },
      { ...page, severity: 'critical' as const },
      { ...user, severity: 'critical' as const },
    ];
    expect(routeRevision({ severity: 'critical', resolvedAt: over }, [page], told)).toEqual([page]);
    expect(routeRevision({ severity: 'critical', resolvedAt: over }, [page], [])).toEqual([]);
  });
});

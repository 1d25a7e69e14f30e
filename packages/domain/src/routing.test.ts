import type { Contact, Member, Preference } from './preference.js';
import {
  onCall,
  type RoutingPolicy,
  route,
  routeRevision,
  type Target,
  type UntoldReason,
} from './routing.js';
import type { Severity } from './signal.js';

const policy: RoutingPolicy = { routeWarning: false, production: true, fallbackAfterMs: 60_000 };
const noon = new Date('2026-03-02T12:00:00Z');

function member(change: Partial<Member> = {}): Member {
  return { userId: 'u', preference: 'both', active: true, contacts: [], quietHours: null, ...change };
}

function contact(channel: string, severities: Severity[] | null = null): Contact {
  return { channel, address: `${channel}-address`, severities };
}

function routeAlert(severity: Severity, members: readonly Member[], now = noon) {
  const audience = { type: 'store', location: 'x' } as const;
  const signal = { audience, severity, testMode: false, eventType: 'alert.theft', raw: Buffer.from('{}') };
  return route(signal, { members, subscriptions: [], policy }, now);
}

describe('a user of the store', () => {
  test.each<{ severity: Severity; preference: Preference; active?: boolean; untold: UntoldReason | null }>([
    { severity: 'critical', preference: 'critical', untold: null },
    { severity: 'critical', preference: 'standard', untold: 'preference' },
    { severity: 'critical', preference: 'both', untold: null },
    { severity: 'warning', preference: 'critical', untold: 'preference' },
    { severity: 'warning', preference: 'standard', untold: null },
    { severity: 'warning', preference: 'both', untold: null },
    { severity: 'info', preference: 'critical', untold: 'preference' },
    { severity: 'info', preference: 'standard', untold: null },
    { severity: 'info', preference: 'both', untold: null },
    { severity: 'critical', preference: 'both', active: false, untold: 'inactive' },
    { severity: 'critical', preference: 'standard', active: false, untold: 'inactive' },
  ])(
    '$severity, wants $preference, active $active → $untold',
    ({ severity, preference, active = true, untold }) => {
      const routed = routeAlert(severity, [member({ preference, active })]);
      expect(routed.untold).toEqual(untold ? [{ userId: 'u', reason: untold }] : []);
      expect(routed.targets.map(({ userId }) => userId)).toEqual(untold ? [] : ['u']);
    },
  );

  test('is told through the notification service, at once, where no channel was chosen', () => {
    expect(routeAlert('critical', [member()]).targets).toEqual([
      { ...onCall, channel: 'notification', target: 'u', userId: 'u' },
    ]);
  });

  test.each<{ severity: Severity; chain: string[] }>([
    { severity: 'critical', chain: ['sms', 'email'] },
    { severity: 'warning', chain: ['slack', 'email'] },
    { severity: 'info', chain: ['email'] },
  ])('is told of $severity by $chain, in this order', ({ severity, chain }) => {
    const contacts = [contact('sms', ['critical']), contact('slack', ['warning']), contact('email')];
    const [target] = routeAlert(severity, [member({ contacts })]).targets as [Target];
    const next = target.fallback?.next ?? [];
    expect([target, ...next].map(({ channel }) => channel)).toEqual(chain);
    expect([target, ...next].map(({ address }) => address)).toEqual(
      chain.map((channel) => `${channel}-address`),
    );
    const waits = severity === 'critical' ? policy.fallbackAfterMs : null;
    expect(target.fallback?.afterMs).toBe(chain.length > 1 ? waits : undefined);
  });

  test('is not told where no chosen channel takes the severity', () => {
    const contacts = [contact('sms', ['critical'])];
    expect(routeAlert('info', [member({ contacts })])).toEqual({
      targets: [],
      untold: [{ userId: 'u', reason: 'no_channel' }],
    });
  });

  test.each<{ severity: Severity; notBefore: string | null }>([
    { severity: 'critical', notBefore: null },
    { severity: 'warning', notBefore: '2026-03-03T06:00:00.000Z' },
    { severity: 'info', notBefore: '2026-03-03T06:00:00.000Z' },
  ])('in quiet hours hears of $severity at $notBefore', ({ severity, notBefore }) => {
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' };
    const night = new Date('2026-03-02T23:30:00Z');
    const [target] = routeAlert(severity, [member({ quietHours })], night).targets;
    expect(target?.notBefore?.toISOString() ?? null).toBe(notBefore);
  });
});

test('a store without users, or unknown, owes nobody', () => {
  expect(routeAlert('critical', [])).toEqual({ targets: [], untold: [] });
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
  ({ severity, testMode, pages, ...rules }) => {
    const audience = { type: 'operators' } as const;
    const signal = { audience, severity, testMode, eventType: 'payout.failed', raw: Buffer.from('{}') };
    const directory = { members: [], subscriptions: [], policy: { ...policy, ...rules } };
    expect(route(signal, directory)).toEqual({ targets: pages ? [onCall] : [], untold: [] });
  },
);

describe('a later revision', () => {
  const user = routeAlert('critical', [member()]).targets[0] as Target;
  const routed = { targets: [onCall, user], untold: [{ userId: 'other', reason: 'preference' as const }] };

  test.each<{ what: string; severity: Severity; told: Severity[]; owed: boolean }>([
    { what: 'is owed to those who were not told at all', severity: 'critical', told: [], owed: true },
    { what: 'is owed to those told at a milder class', severity: 'critical', told: ['warning'], owed: true },
    {
      what: 'is owed to nobody told at the same class',
      severity: 'critical',
      told: ['critical'],
      owed: false,
    },
    { what: 'is owed to nobody when it became milder', severity: 'warning', told: ['critical'], owed: false },
    { what: 'is owed to nobody within the standard class', severity: 'warning', told: ['info'], owed: false },
    {
      what: 'is owed to nobody told at any time as graver',
      severity: 'critical',
      told: ['critical', 'warning'],
      owed: false,
    },
  ])('$what', ({ severity, told, owed }) => {
    const before = told.flatMap((was) => [
      { ...onCall, severity: was },
      { ...user, severity: was },
    ]);
    const already = owed ? [] : [{ userId: 'u', reason: 'already_told' }];
    expect(routeRevision({ severity, resolvedAt: null }, routed, before)).toEqual({
      targets: owed ? routed.targets : [],
      untold: [...routed.untold, ...already],
    });
  });

  test('is not owed to a user who was told on another channel', () => {
    const told = [{ ...user, channel: 'sms', severity: 'critical' as const }];
    const { targets } = routeRevision({ severity: 'critical', resolvedAt: null }, routed, told);
    expect(targets).toEqual([onCall]);
  });

  test('that ends it is owed once to whoever was paged, and to nobody if nobody was', () => {
    const told = [
      { ...onCall, severity: 'warning' as const },
      { ...onCall, severity: 'critical' as const },
      { ...user, severity: 'critical' as const },
    ];
    const ended = { severity: 'critical' as const, resolvedAt: new Date() };
    expect(routeRevision(ended, routed, told)).toEqual({ targets: [onCall], untold: [] });
    expect(routeRevision(ended, routed, [])).toEqual({ targets: [], untold: [] });
  });
});

describe('an event', () => {
  const takes =
    (...types: string[]) =>
    (type: string) =>
      types.includes(type);
  const subscriptions = [
    { id: 'all', takes: () => true, accepts: () => true, maxAttempts: null },
    { id: 'other', takes: takes('order.paid'), accepts: () => true, maxAttempts: null },
    {
      id: 'large',
      takes: takes('order.created'),
      accepts: (order: () => unknown) => (order() as { n: number }).n > 5,
      maxAttempts: 3,
    },
  ];
  const event = {
    severity: 'info',
    testMode: false,
    eventType: 'order.created',
    raw: Buffer.from('{"n":1}'),
  } as const;

  test('sent to subscriptions directly is on record for each, with why it is not sent', () => {
    const audience = { type: 'subscription', id: 'x' } as const;
    const { targets } = route({ ...event, audience }, { members: [], subscriptions, policy });
    expect(targets.map(({ target, skipped, maxAttempts }) => [target, skipped, maxAttempts])).toEqual([
      ['all', null, null],
      ['other', 'event_type', null],
      ['large', 'filter', 3],
    ]);
  });

  test('published is owed to those who take its type and whose filter lets it pass', () => {
    const audience = { type: 'subscribers' } as const;
    const published = { ...event, audience, raw: Buffer.from('{"n":9}') };
    const { targets } = route(published, { members: [], subscriptions, policy });
    expect(targets.map(({ channel, target }) => [channel, target])).toEqual([
      ['webhook', 'all'],
      ['webhook', 'large'],
    ]);
  });
});

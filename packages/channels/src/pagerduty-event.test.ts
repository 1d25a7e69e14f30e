import type { Delivery } from '@signalbox/domain';
import { pagerdutyBody } from './pagerduty-event.js';

const account = { routingKey: 'R'.repeat(32), homeUrl: 'https://ops.example.com/gateway/' };
const raw = {
  id: 'inc_spreedly_1',
  status: 'investigating',
  impact: 'major',
  shortlink: 'https://stspg.io/n0wskg2n6bvy',
  incident_updates: [{ body: 'long' }],
};

const opened: Delivery = {
  id: '01890000-0000-7000-8000-000000000001',
  signalId: '01890000-0000-7000-8000-000000000002',
  revision: 1,
  channel: 'pagerduty',
  target: 'default',
  address: null,
  attempt: 1,
  maxAttempts: 6,
  again: false,
  subscriber: null,
  correlationId: 'request-1',
  traceParent: null,
  createdAt: new Date(),
  signal: {
    eventId: 'inc_spreedly_1',
    eventType: 'incident.investigating',
    source: 'spreedly_status',
    kind: 'incident',
    severity: 'critical',
    service: 'spreedly',
    summary: 'Payment Gateway Latency (major)',
    description: 'We are looking into it.',
    startedAt: new Date('2024-01-15T10:00:00Z'),
    resolvedAt: null,
    testMode: false,
    raw: Buffer.from(JSON.stringify(raw)),
  },
};

function bodyOf(change: Partial<Delivery['signal']> = {}) {
  const text = pagerdutyBody({ ...opened, signal: { ...opened.signal, ...change } }, account);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512_000);
  expect(text.isWellFormed()).toBe(true);
  return JSON.parse(text);
}

const rawOf = (value: unknown) => ({ raw: Buffer.from(JSON.stringify(value)) });

test('a trigger is exactly this', () => {
  expect(bodyOf()).toEqual({
    routing_key: 'R'.repeat(32),
    event_action: 'trigger',
    dedup_key: 'spreedly_status/inc_spreedly_1',
    client: 'Signalbox',
    client_url: 'https://ops.example.com/gateway/signals/01890000-0000-7000-8000-000000000002',
    links: [{ href: 'https://stspg.io/n0wskg2n6bvy', text: 'Status page' }],
    payload: {
      summary: '[spreedly] Payment Gateway Latency (major)',
      source: 'spreedly',
      severity: 'critical',
      timestamp: '2024-01-15T10:00:00.000Z',
      component: 'incident',
      group: 'spreedly_status',
      class: 'incident.investigating',
      custom_details: {
        event_id: 'inc_spreedly_1',
        status: 'investigating',
        impact: 'major',
        description: 'We are looking into it.',
        signal_id: '01890000-0000-7000-8000-000000000002',
        correlation_id: 'request-1',
      },
    },
  });
});

test('a resolve is exactly this', () => {
  expect(bodyOf({ resolvedAt: new Date() })).toEqual({
    routing_key: 'R'.repeat(32),
    event_action: 'resolve',
    dedup_key: 'spreedly_status/inc_spreedly_1',
  });
});

test.each(['critical', 'warning', 'info'] as const)('%s is called the same there', (severity) => {
  expect(bodyOf({ severity }).payload.severity).toBe(severity);
});

test.each([
  ['API is down', '[spreedly] API is down'],
  ['[spreedly] API is down', '[spreedly] API is down'],
  ['[braze] API is down', '[spreedly] [braze] API is down'],
  ['', '[spreedly] '],
])('the summary %j becomes %j', (summary, expected) => {
  expect(bodyOf({ summary }).payload.summary).toBe(expected);
});

describe('what is long', () => {
  const prefix = '[spreedly] '.length;

  test.each(['x', 'é', '😀', '👩‍👩‍👧'])('a summary of many %s is cut between characters', (character) => {
    const { summary } = bodyOf({ summary: character.repeat(5000) }).payload;
    expect(Array.from(summary)).toHaveLength(1024);
    expect(summary.endsWith('…')).toBe(true);
  });

  test.each(['x', '😀'])('a summary of exactly 1024 code points ending in %s is left alone', (character) => {
    const summary = character.repeat(1024 - prefix);
    expect(bodyOf({ summary }).payload.summary).toBe(`[spreedly] ${summary}`);
  });

  test('surrogates before and across the cut', () => {
    for (const shift of ['', 'x', 'xx']) {
      const { summary } = bodyOf({ summary: shift + '😀'.repeat(2000) }).payload;
      expect(Array.from(summary)).toHaveLength(1024);
      expect(summary.slice(prefix + shift.length, -1)).toMatch(/^(😀)+$/u);
    }
  });

  test('half characters are replaced', () => {
    const half = 'a\ud800b\udc00';
    const { payload, dedup_key } = bodyOf({ eventId: half, summary: half, service: half, description: half });
    expect(payload.summary).toBe('[a\uFFFDb\uFFFD] a\uFFFDb\uFFFD');
    expect(payload.custom_details.event_id).toBe('a\uFFFDb\uFFFD');
    expect(dedup_key).toBe('spreedly_status/a\uFFFDb\uFFFD');
  });

  test('a dedup key of 255 characters stays; a longer one is cut, the same for trigger and resolve', () => {
    const fits = 'e'.repeat(255 - 'spreedly_status/'.length);
    expect(bodyOf({ eventId: fits }).dedup_key).toBe(`spreedly_status/${fits}`);
    const keys = ['f', 'g'].map((end) => bodyOf({ eventId: fits + end }).dedup_key);
    const resolve = bodyOf({ eventId: `${fits}f`, resolvedAt: new Date() });
    expect(new Set([...keys, resolve.dedup_key])).toHaveProperty('size', 2);
    expect(resolve.dedup_key).toBe(keys[0]);
    expect(keys[0].startsWith('spreedly_status/eee')).toBe(true);
  });

  test('dedup keys of wide characters fit as well', () => {
    expect(bodyOf({ eventId: '😀'.repeat(500) }).dedup_key.length).toBeLessThanOrEqual(255);
  });

  test('the description is cut, and nothing of a large raw body comes along', () => {
    const { payload } = bodyOf({
      description: 'd'.repeat(1_000_000),
      ...rawOf({ ...raw, padding: 'p'.repeat(1_000_000) }),
    });
    expect(payload.custom_details.description).toHaveLength(8192);
    expect(JSON.stringify(payload)).not.toContain('ppp');
  });

  test('too large all the same: a notice takes the place of the details', () => {
    const { payload, ...rest } = bodyOf({ eventId: 'e'.repeat(600_000), summary: '\u0001'.repeat(2000) });
    expect(payload.custom_details).toEqual({ notice: expect.stringMatching(/left out/) });
    expect(rest.dedup_key.length).toBeLessThanOrEqual(255);
    expect(rest.links).toHaveLength(1);
  });
});

describe('what is taken from the raw body', () => {
  test.each([
    'javascript:alert(1)',
    'ftp://example.com/',
    '/incidents/1',
    '',
    `https://a/${'x'.repeat(3000)}`,
    7,
    null,
  ])('%.20j is no link', (shortlink) => {
    expect(bodyOf(rawOf({ shortlink })).links).toEqual([]);
  });

  test.each([
    Buffer.from('no JSON'),
    Buffer.from('null'),
    Buffer.from('[1]'),
    Buffer.from([0xff, 0xfe]),
    Buffer.alloc(0),
    Buffer.from('{"status":{"deep":1},"impact":5,"livemode":"no"}'),
  ])('%s has nothing to give', (bytes) => {
    const { links, payload } = bodyOf({ raw: bytes, description: null });
    expect(links).toEqual([]);
    expect(payload.custom_details).toEqual({
      event_id: 'inc_spreedly_1',
      signal_id: opened.signalId,
      correlation_id: 'request-1',
    });
  });

  test("whether it came from the sender's sandbox", () => {
    expect(bodyOf(rawOf({ livemode: false })).payload.custom_details.livemode).toBe(false);
  });
});

import { component, incident, now, read, signalOf, vendor } from '../test/statuspage-reading.js';
import { readSummary } from './statuspage.js';

test('an incident as a signal', () => {
  const { raw, ...signal } = signalOf({ incidents: [incident] });
  expect(signal).toEqual({
    eventId: 'inc',
    source: 'vendor_status',
    dedupeKey: 'incident/inc',
    version: 1,
    eventType: 'incident.investigating',
    kind: 'incident',
    severity: 'critical',
    service: 'vendor',
    summary: 'Latency (major)',
    description: null,
    startedAt: now,
    resolvedAt: null,
    audience: { type: 'operators' },
    testMode: false,
  });
  expect(JSON.parse(String(raw))).toEqual(incident);
});

test('a component as a signal', () => {
  const { raw, ...signal } = signalOf({ components: [component] });
  expect(signal).toMatchObject({
    eventId: 'api@2026-03-01T12:00:00.000Z',
    dedupeKey: 'component/api/2026-03-01T12:00:00.000Z',
    version: 1,
    eventType: 'component.partial_outage',
    kind: 'status',
    summary: 'API: partial outage',
    startedAt: now,
    resolvedAt: null,
  });
  expect(JSON.parse(String(raw))).toEqual(component);
});

test.each([
  ['critical', 'critical'],
  ['major', 'critical'],
  ['minor', 'warning'],
  ['none', 'info'],
  ['maintenance', 'info'],
  ['Major', 'critical'],
])('impact %s is %s', (impact, severity) => {
  const reading = read({ incidents: [{ ...incident, impact }] });
  expect(reading).toMatchObject({ changes: [{ signal: { severity } }], problems: [] });
});

test.each([
  ['degraded_performance', 'warning'],
  ['partial_outage', 'critical'],
  ['major_outage', 'critical'],
  ['under_maintenance', 'info'],
])('component status %s is %s', (status, severity) => {
  const reading = read({ components: [{ ...component, status }] });
  expect(reading).toMatchObject({ changes: [{ signal: { severity } }], problems: [] });
});

test('a component that is operational, or a group, tells nothing', () => {
  const components = [
    { ...component, status: 'operational' },
    { ...component, id: 'all', group: true },
  ];
  expect(read({ components })).toMatchObject({ fetched: 1, changes: [], problems: [] });
});

test('words we do not know are a warning and a problem', () => {
  const reading = read({
    incidents: [{ ...incident, status: 'pondering', impact: 'cosmic' }],
    components: [{ ...component, status: 'on_fire' }],
  });
  const severities = reading.changes.map(({ signal }) => signal.severity);
  expect(severities).toEqual(['warning', 'warning']);
  expect(reading.problems).toEqual([
    'incident inc: unknown status "pondering" and impact "cosmic"',
    'component api: unknown status "on_fire"',
  ]);
});

test.each([
  [
    { started_at: '2024-03-27T17:57:01-07:00', created_at: '2024-03-28T01:00:00Z' },
    '2024-03-28T00:57:01.000Z',
  ],
  [{ started_at: null, created_at: '2021-09-30T00:55:18.175-07:00' }, '2021-09-30T07:55:18.175Z'],
  [{ started_at: 'yesterday', created_at: '2024-03-28T01:00:00Z' }, '2024-03-28T01:00:00.000Z'],
  [{ started_at: 1711587421 }, now.toISOString()],
  [{ started_at: '0000-01-01T00:00:00Z' }, now.toISOString()],
])('%j starts at %s', (times, started) => {
  expect(signalOf({ incidents: [{ ...incident, ...times }] }).startedAt.toISOString()).toBe(started);
});

test('the newest update is the description, wherever it stands, cut to what can be stored', () => {
  const updates = [
    { body: 'old', created_at: '2026-03-01T10:00:00Z' },
    { body: `new\0${'x'.repeat(5_000)}`, created_at: '2026-03-01T11:00:00Z' },
    'garbage',
  ];
  const { description } = signalOf({ incidents: [{ ...incident, incident_updates: updates }] });
  expect(description).toMatch(/^new\uFFFDx+$/);
  expect(description).toHaveLength(1024);
});

describe('rows that cannot be used', () => {
  test.each([
    [null, 'incident without id: ignored, missing or wrong: the row'],
    [{ ...incident, id: 7 }, 'incident without id: ignored, missing or wrong: id'],
    [{ ...incident, id: 'a/b' }, 'incident a/b: ignored, missing or wrong: id'],
    [{ ...incident, name: ' ' }, 'incident inc: ignored, missing or wrong: name'],
    [{ id: 'inc', name: 'Latency' }, 'incident inc: ignored, missing or wrong: status, impact'],
  ])('%j is skipped, the rest is read', (row, problem) => {
    const reading = read({ incidents: [row, { ...incident, id: 'other' }], components: [component] });
    expect(reading.fetched).toBe(2);
    expect(reading.changes).toHaveLength(2);
    expect(reading.problems).toEqual([problem]);
  });

  test('an id that is there twice counts once', () => {
    const reading = read({ incidents: [incident, { ...incident, impact: 'minor' }] });
    expect(reading).toMatchObject({ fetched: 1, changes: [{ signal: { severity: 'critical' } }] });
    expect(reading.problems).toEqual(['incident inc: ignored, its id is there twice']);
  });

  test('a page full of them does not flood the log', () => {
    expect(read({ components: Array.from({ length: 5_000 }, () => null) }).problems).toHaveLength(20);
  });
});

test.each([
  '',
  'null',
  '[]',
  '"x"',
  '{"incidents":',
  '{}',
  '{"incidents":null,"components":{}}',
  '{"invalid":"x"}',
])('%j is no poll', (body) => {
  expect(readSummary(vendor, Buffer.from(body), [], now)).toHaveProperty('invalid', expect.any(String));
});

test('a list without end is no poll', () => {
  const bytes = Buffer.from(`{"incidents":[],"components":[${'{},'.repeat(1_000_000)}{}]}`);
  expect(readSummary(vendor, bytes, [], now)).toEqual({ invalid: expect.stringContaining('10000 rows') });
});

test('a name of the vendor in the body changes nothing about the page', () => {
  expect(read({ invalid: 'no', page: { name: 'Evil' }, incidents: [] })).toMatchObject({ fetched: 0 });
});

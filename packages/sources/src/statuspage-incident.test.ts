import { component, incident, now, openAs, read, signalOf, vendor } from '../test/statuspage-reading.js';
import { closeVanished } from './statuspage-incident.js';

describe('an open incident', () => {
  const first = {
    ...incident,
    updated_at: '2026-03-01T11:00:00Z',
    incident_updates: [{ id: 'u1', body: 'Hm.' }],
  };
  const known = openAs(signalOf({ incidents: [first] }));
  const open = [known];

  test.each([
    { impact: 'minor' },
    { status: 'identified' },
    { name: 'Outage' },
    { updated_at: '2026-03-01T11:00:01Z' },
    { incident_updates: [{ id: 'u2', body: 'Hm.' }] },
    { incident_updates: [{ id: 'u1', body: 'Ah.' }] },
  ])('is revised by %j', (change) => {
    const reading = read({ incidents: [{ ...first, ...change }] }, open);
    expect(reading.changes).toMatchObject([{ signal: { version: 2, dedupeKey: 'incident/inc' } }]);
  });

  test.each([{ updated_at: '2026-03-01T04:00:00-07:00' }, { shortlink: 'x' }, { components: [component] }])(
    'is not by %j',
    (change) => {
      expect(read({ incidents: [{ ...first, ...change }] }, open).changes).toEqual([]);
    },
  );

  test('keeps its start where the page tells none', () => {
    const early = { ...known, startedAt: new Date('2026-03-01T10:00:00Z') };
    const [change] = read({ incidents: [{ ...first, status: 'monitoring' }] }, [early]).changes;
    expect(change?.signal.startedAt).toEqual(early.startedAt);
  });

  test('whose stored row is unreadable is revised', () => {
    const broken = { ...known, raw: Buffer.from('?') };
    expect(read({ incidents: [first] }, [broken]).changes).toHaveLength(1);
    expect(read({ incidents: [] }, [broken]).vanished).toEqual([broken]);
  });

  test('vanishes only from a list that can be read', () => {
    expect(read({ incidents: [] }, open).vanished).toEqual(open);
    expect(read({ components: [] }, open).vanished).toEqual([]);
    expect(read({ components: [], incidents: {} }, open).vanished).toEqual([]);
    expect(read({ incidents: [{ id: 'inc' }] }, open).vanished).toEqual([]);
    expect(read({ incidents: [null] }, open).vanished).toEqual([]);
  });
});

describe('closing what has vanished', () => {
  const started = { ...incident, started_at: '2026-03-01T10:00:00Z' };
  const open = openAs(signalOf({ incidents: [{ ...started, incident_updates: [{ body: 'Looking.' }] }] }));
  const close = (list: unknown) =>
    closeVanished(vendor, open, list === null ? null : Buffer.from(JSON.stringify(list)), now);

  test.each([
    ['no list', null],
    ['garbage', 'garbage'],
    ['a list without it', { incidents: [{ ...started, id: 'other', status: 'resolved' }] }],
    ['a list where it is still open', { incidents: [started] }],
  ])('%s: now, and without its last words', (_, list) => {
    expect(close(list)).toMatchObject({
      version: 2,
      dedupeKey: 'incident/inc',
      eventType: 'incident.resolved',
      severity: 'critical',
      summary: 'Latency (major)',
      description: null,
      resolvedAt: now,
    });
  });

  test('a list that tells the end: then, and with its words', () => {
    const updates = [
      { status: 'postmortem', body: 'What happened.', created_at: '2026-03-01T11:45:00Z' },
      { status: 'resolved', body: 'Done.', created_at: '2026-03-01T11:30:00Z' },
      { status: 'investigating', body: 'Looking.', created_at: '2026-03-01T10:00:00Z' },
    ];
    const over = {
      status: 'postmortem',
      resolved_at: '2026-03-01T04:30:00-07:00',
      incident_updates: updates,
    };
    const row = { ...started, ...over };
    const closed = close({ incidents: [row] });
    expect(closed).toMatchObject({
      eventType: 'incident.postmortem',
      description: 'Done.',
      resolvedAt: new Date('2026-03-01T11:30:00Z'),
    });
    expect(JSON.parse(String(closed.raw))).toEqual(row);
  });

  test('never before it began', () => {
    const row = { ...started, status: 'resolved', resolved_at: '2025-01-01T00:00:00Z' };
    expect(close({ incidents: [row] }).resolvedAt).toEqual(open.startedAt);
  });
});

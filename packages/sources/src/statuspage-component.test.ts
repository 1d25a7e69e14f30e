import { component, incident, now, openAs, read, signalOf } from '../test/statuspage-reading.js';

describe('an open episode', () => {
  const bad = { ...component, updated_at: '2026-03-01T11:00:00Z' };
  const signal = signalOf({ components: [bad] });

  test.each([
    ['2026-03-01T11:30:00Z', '2026-03-01T11:30:00.000Z'],
    ['2026-03-01T11:00:00Z', now.toISOString()],
    ['2026-03-01T10:00:00Z', now.toISOString()],
    [undefined, now.toISOString()],
  ])('ends, with updated_at %s, at %s', (updated, end) => {
    const well = { ...bad, status: 'operational', updated_at: updated };
    const { changes } = read({ components: [well] }, [openAs(signal)]);
    expect(changes).toMatchObject([
      { signal: { version: 2, eventType: 'component.operational', summary: 'API: partial outage' } },
    ]);
    expect(changes[0]?.signal.resolvedAt?.toISOString()).toBe(end);
  });

  test('is of its own component only', () => {
    const well = { ...bad, id: 'ap', status: 'operational' };
    expect(read({ components: [well] }, [openAs(signal)]).changes).toEqual([]);
  });

  test('is not revised by the clock of the page, nor by an incident', () => {
    const later = { ...bad, updated_at: '2026-03-01T11:59:00Z' };
    expect(read({ components: [later] }, [openAs(signal)]).changes).toEqual([]);
    const { changes } = read({ incidents: [incident], components: [later] }, [openAs(signal)]);
    expect(changes.map((change) => change.signal.kind)).toEqual(['incident']);
  });

  test('speaks for itself once nobody speaks for it', () => {
    const { changes } = read({ incidents: [], components: [bad] }, [openAs(signal, 'incident/inc')]);
    expect(changes).toMatchObject([{ suppressedBy: null, signal: { version: 2, severity: 'critical' } }]);
  });
});

test('a start that was used already is not used again', () => {
  const at = '2026-03-01T11:00:00.000Z';
  const closed = new Map([
    [`component/api/${at}`, 2],
    [`component/api/${now.toISOString()}`, 2],
  ]);
  const { changes } = read({ components: [{ ...component, updated_at: at }] }, [], { closed });
  expect(changes).toMatchObject([{ signal: { version: 1, eventId: 'api@2026-03-01T12:00:00.001Z' } }]);
});

test('an info pages nobody, so nobody speaks for it', () => {
  const components = [component, { ...component, id: 'db', status: 'under_maintenance' }];
  const { changes } = read({ incidents: [incident], components });
  expect(changes.map(({ suppressedBy }) => suppressedBy)).toEqual([null, 'incident/inc', null]);
});

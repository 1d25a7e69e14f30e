import { component, incident, minute, page } from './statuspage-rows.js';
import { watch } from './statuspage-store.js';

describe('an incident', () => {
  test('opens minor, becomes critical, is monitored, disappears; a bad poll in between means nothing', () => {
    const seen = watch('vendor');
    seen.poll(page([incident('investigating', 'minor', 1)]), minute(2));
    expect(seen.calls).toEqual([]);
    seen.poll(page([incident('identified', 'critical', 3)]), minute(4));
    seen.poll(null, minute(5));
    expect(seen.poll('<html>Bad gateway</html>', minute(6))).toHaveProperty('invalid');
    expect(seen.poll({ error: 'try again' }, minute(7))).toHaveProperty('invalid');
    expect(seen.poll({ components: [] }, minute(8))).toMatchObject({ vanished: [], changes: [] });
    seen.poll(page([incident('monitoring', 'critical', 9)]), minute(10));
    seen.poll(page([incident('monitoring', 'critical', 9)]), minute(11));
    expect(seen.calls).toEqual(['trigger inc']);
    const list = { incidents: [incident('resolved', 'critical', 13, { resolved_at: minute(12) })] };
    seen.poll(page([]), minute(14), list);
    seen.poll(page([]), minute(15), list);
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc']);
    expect(seen.at('incident/inc')).toMatchObject({
      version: 4,
      eventType: 'incident.resolved',
      summary: 'Payments fail (critical)',
      description: 'Now resolved.',
      startedAt: new Date(minute(0)),
      resolvedAt: new Date(minute(12)),
    });
  });

  test('that is de-escalated does not page again, and is resolved', () => {
    const seen = watch('vendor');
    for (const [at, impact] of ['major', 'minor', 'none', 'minor', 'critical'].entries()) {
      seen.poll(page([incident('identified', impact, at)]), minute(at));
    }
    seen.poll(page([]), minute(9));
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc']);
    expect(seen.at('incident/inc')).toMatchObject({ description: null, resolvedAt: new Date(minute(9)) });
  });

  test('that disappears by mistake pages again when it is back, unchanged', () => {
    const seen = watch('vendor');
    const body = page([incident('identified', 'major', 1)]);
    for (const [at, what] of [body, page([]), body, body].entries()) seen.poll(what, minute(at));
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc', 'trigger inc']);
    expect(seen.at('incident/inc')).toMatchObject({ version: 3, resolvedAt: null });
  });

  test('that is listed as resolved is resolved once; one never seen open tells nobody', () => {
    const seen = watch('vendor');
    const over = incident('resolved', 'critical', 5, { resolved_at: minute(4) });
    seen.poll(page([over]), minute(6));
    expect(seen.kept.size).toBe(0);
    seen.poll(page([incident('identified', 'critical', 1)]), minute(7));
    seen.poll(page([over]), minute(8));
    seen.poll(page([incident('postmortem', 'critical', 9, { resolved_at: minute(4) })]), minute(9));
    seen.poll(page([]), minute(10));
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc']);
    expect(seen.at('incident/inc')?.resolvedAt).toEqual(new Date(minute(4)));
  });

  test('whose row cannot be read any more is not over', () => {
    const seen = watch('vendor');
    seen.poll(page([incident('identified', 'critical', 1)]), minute(1));
    seen.poll(page([{ id: 'inc', name: null }]), minute(2));
    seen.poll(page(['garbage']), minute(3));
    expect(seen.calls).toEqual(['trigger inc']);
    seen.poll(page([]), minute(4));
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc']);
  });
});

describe('a component', () => {
  test('that flaps has an episode for each outage', () => {
    const seen = watch('vendor');
    const statuses = ['operational', 'major_outage', 'operational', 'partial_outage', 'operational'];
    for (const [at, status] of statuses.entries()) {
      seen.poll(page([], [component('api', status, at)]), minute(at));
    }
    expect(seen.calls).toEqual([
      `trigger api@${minute(1)}`,
      `resolve api@${minute(1)}`,
      `trigger api@${minute(3)}`,
      `resolve api@${minute(3)}`,
    ]);
  });

  test.each([
    ['stands still', 0],
    ['is missing', undefined],
  ])('that flaps while updated_at %s has them too', (_, updated) => {
    const seen = watch('vendor');
    const statuses = ['major_outage', 'operational', 'major_outage', 'operational', 'major_outage'];
    for (const [at, status] of statuses.entries()) {
      const row = { ...component('api', status, 0), updated_at: updated === 0 ? minute(0) : undefined };
      seen.poll(page([], [row]), minute(at));
    }
    const episodes = [0, 2, 4].map((at) => `api@${minute(at)}`);
    const [first, second, third] = episodes;
    expect(seen.calls).toEqual([
      `trigger ${first}`,
      `resolve ${first}`,
      `trigger ${second}`,
      `resolve ${second}`,
      `trigger ${third}`,
    ]);
    expect(seen.at(`component/api/${minute(0)}`)?.resolvedAt).toEqual(new Date(minute(1)));
  });

  test('that gets worse, then better, is one episode', () => {
    const seen = watch('vendor');
    const statuses = ['degraded_performance', 'major_outage', 'degraded_performance', 'major_outage'];
    for (const [at, status] of statuses.entries()) {
      seen.poll(page([], [component('api', status, at)]), minute(at));
    }
    expect(seen.calls).toEqual([`trigger api@${minute(0)}`]);
    expect(seen.at(`component/api/${minute(0)}`)).toMatchObject({
      version: 4,
      startedAt: new Date(minute(0)),
    });
  });

  test('that a page lists only now and then is over when it is said to be', () => {
    const seen = watch('vendor');
    const api = component('api', 'major_outage', 0);
    const web = component('web', 'partial_outage', 0);
    const fine = component('docs', 'operational', 0);
    const lists = [[api, web], [fine], [web], [api], [], [fine, component('api', 'operational', 6)], [web]];
    for (const [at, list] of lists.entries()) seen.poll(page([], list), minute(at));
    expect(seen.calls).toEqual([
      `trigger api@${minute(0)}`,
      `trigger web@${minute(0)}`,
      `resolve api@${minute(0)}`,
    ]);
  });
});

test('a maintenance pages nobody, whatever its impact, and is closed when it leaves the page', () => {
  const seen = watch('vendor', { routeWarning: true });
  const planned = (status: string, at: number) =>
    incident(status, 'major', at, { id: 'mnt', scheduled_for: minute(2) });
  const voice = component('voice', 'under_maintenance', 2);
  seen.poll(page([], [], [planned('scheduled', 0)]), minute(1));
  expect(seen.poll(page([], [voice], [planned('in_progress', 2)]), minute(3))).toMatchObject({ fetched: 1 });
  seen.poll({ incidents: [] }, minute(4));
  expect(seen.at('maintenance/mnt')?.resolvedAt).toBeNull();
  seen.poll(page([], []), minute(5), { incidents: [incident('identified', 'major', 1, { id: 'mnt' })] });
  expect(seen.calls).toEqual([]);
  expect(seen.at('maintenance/mnt')).toMatchObject({
    version: 3,
    kind: 'status',
    severity: 'info',
    eventType: 'maintenance.completed',
    startedAt: new Date(minute(2)),
    resolvedAt: new Date(minute(5)),
  });
});

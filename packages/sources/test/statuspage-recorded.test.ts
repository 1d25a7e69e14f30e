import { minute } from './statuspage-rows.js';
import { fixture, watch } from './statuspage-store.js';

describe('recorded pages', () => {
  test.each([
    { name: 'spreedly', fetched: 2, calls: ['trigger inc_spreedly_1'] },
    { name: 'braze', fetched: 1, calls: [] },
  ])('$name: $fetched seen, one change, and none the second time', ({ name, fetched, calls }) => {
    const seen = watch(name);
    expect(seen.poll(fixture(`${name}_summary`), minute(0))).toMatchObject({ fetched, problems: [] });
    expect(seen.stored()).toBe(1);
    expect(seen.poll(fixture(`${name}_summary`), minute(1))).toMatchObject({ fetched, changes: [] });
    expect(seen.stored()).toBe(1);
    expect(seen.calls).toEqual(calls);
  });

  test('GitHub: the incident speaks for the component, the group is none', () => {
    const seen = watch('github');
    expect(seen.poll(fixture('github_summary'), minute(0))).toMatchObject({ fetched: 2, problems: [] });
    expect(seen.calls).toEqual(['trigger 80d0cs6kpsps']);
    expect([...seen.kept.keys()]).toEqual([
      'incident/80d0cs6kpsps',
      'maintenance/k7g299zl765l',
      'component/8l4ygp009s5s/2020-04-02T20:26:21.656Z',
    ]);
    expect(seen.poll(fixture('github_summary'), minute(1))).toMatchObject({ changes: [], vanished: [] });
  });

  test('Discord: offsets become UTC, a major maintenance is an info', () => {
    const seen = watch('discord');
    expect(seen.poll(fixture('discord_summary'), minute(0))).toMatchObject({ fetched: 2, problems: [] });
    expect(seen.calls).toEqual([]);
    expect(seen.at('maintenance/4p1qz8s7c3vd')).toMatchObject({
      severity: 'info',
      startedAt: new Date('2021-09-30T07:55:00Z'),
      description: expect.stringMatching(/^Scheduled maintenance is currently in progress/),
    });
    expect(seen.at('component/0y7h9rtbmvq4/2021-09-30T07:55:18.000Z')).toMatchObject({ severity: 'info' });
  });
});

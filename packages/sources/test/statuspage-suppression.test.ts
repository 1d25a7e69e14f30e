import { component, incident, minute, page } from './statuspage-rows.js';
import { watch } from './statuspage-store.js';

describe('a page with a critical incident and six bad components', () => {
  const bad = (ids: string[]) => ids.map((id) => component(id, 'major_outage', 0));
  const six = ['a', 'b', 'c', 'd', 'e', 'f'];

  test('pages once, and after the incident for what is still bad', () => {
    const seen = watch('vendor');
    const open = incident('investigating', 'critical', 0);
    seen.poll(page([open], bad(six)), minute(1));
    seen.poll(page([open], bad(six)), minute(2));
    expect(seen.calls).toEqual(['trigger inc']);
    expect(seen.kept.get(`component/a/${minute(0)}`)?.suppressedBy).toBe('incident/inc');
    const well = ['a', 'b', 'c', 'd'].map((id) => component(id, 'operational', 3));
    seen.poll(page([open], [...well, ...bad(['e', 'f'])]), minute(3));
    expect(seen.calls).toEqual(['trigger inc']);
    seen.poll(page([], [...well, ...bad(['e', 'f'])]), minute(4));
    const still = [`e@${minute(0)}`, `f@${minute(0)}`];
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc', ...still.map((id) => `trigger ${id}`)]);
    seen.poll(
      page(
        [],
        six.map((id) => component(id, 'operational', 5)),
      ),
      minute(5),
    );
    expect(seen.calls.slice(4)).toEqual(still.map((id) => `resolve ${id}`));
  });

  test('lets them page once the incident is no longer critical, and a mild one not at all', () => {
    const seen = watch('vendor');
    const mild = component('z', 'degraded_performance', 0);
    seen.poll(page([incident('investigating', 'major', 0)], [...bad(['a']), mild]), minute(1));
    seen.poll(page([incident('monitoring', 'minor', 2)], [...bad(['a']), mild]), minute(2));
    seen.poll(page([incident('monitoring', 'minor', 2)], [...bad(['a']), mild]), minute(3));
    expect(seen.calls).toEqual(['trigger inc', `trigger a@${minute(0)}`]);
  });

  test('holds a mild one back too where warnings page', () => {
    const seen = watch('vendor', { routeWarning: true });
    const mild = component('z', 'degraded_performance', 0);
    seen.poll(page([incident('investigating', 'major', 0)], [mild]), minute(1));
    seen.poll(page([], [mild]), minute(2));
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc', `trigger z@${minute(0)}`]);
  });

  test('keeps holding them back while it says nothing of the incident', () => {
    const seen = watch('vendor');
    seen.poll(page([incident('investigating', 'critical', 0)], bad(['a'])), minute(1));
    seen.poll({ components: bad(['a', 'b']) }, minute(2));
    expect(seen.calls).toEqual(['trigger inc']);
    seen.poll(page([], bad(['a', 'b'])), minute(3));
    const both = [`trigger a@${minute(0)}`, `trigger b@${minute(0)}`];
    expect(seen.calls).toEqual(['trigger inc', 'resolve inc', ...both]);
  });

  test('pages for all seven where nothing is to be held back', () => {
    const seen = watch('vendor', { suppressComponents: false });
    seen.poll(page([incident('investigating', 'critical', 0)], bad(six)), minute(1));
    expect(seen.calls).toHaveLength(7);
  });

  test('does not page twice for a component that paged before the incident', () => {
    const seen = watch('vendor');
    const worse = component('a', 'partial_outage', 0);
    seen.poll(page([], [worse]), minute(1));
    seen.poll(page([incident('investigating', 'critical', 2)], bad(['a'])), minute(2));
    seen.poll(page([], bad(['a'])), minute(3));
    seen.poll(page([], [component('a', 'operational', 4)]), minute(4));
    const id = `a@${minute(0)}`;
    expect(seen.calls).toEqual([`trigger ${id}`, 'trigger inc', 'resolve inc', `resolve ${id}`]);
  });
});

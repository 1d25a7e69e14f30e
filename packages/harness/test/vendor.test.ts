import { eventually } from '../src/eventually.js';
import { type Listener, listen } from '../src/listener.js';
import { type PagerdutyStandIn, startPagerdutyStandIn } from '../src/pagerduty-stand-in.js';
import { type System, startSystem } from '../src/system.js';
import { post, query } from './alerting.js';

const routingKey = 'R0123456789abcdefghijklmnopqrstu'.slice(0, 32);
let system: System;
let pagerduty: PagerdutyStandIn;
let page: Listener;

/** What the page says now: its summary, or a status to fail with. */
let summary: object | number;
let incidents: object[] = [];

const incident = (change: object = {}) => ({
  id: 'inc-1',
  name: 'Gateway',
  status: 'investigating',
  impact: 'minor',
  started_at: '2026-01-01T10:00:00Z',
  updated_at: '2026-01-01T10:00:00Z',
  ...change,
});
const component = (id: string, status: string) => ({
  id,
  name: id,
  status,
  updated_at: '2026-01-01T10:00:00Z',
});
const quiet = { incidents: [], components: [] };

beforeEach(async () => {
  summary = quiet;
  incidents = [];
  pagerduty = await startPagerdutyStandIn();
  page = await listen();
  page.respond(({ path }) => {
    if (path.endsWith('/incidents.json')) return { status: 200, body: JSON.stringify({ incidents }) };
    return typeof summary === 'number' ? { status: summary } : { status: 200, body: JSON.stringify(summary) };
  });
});

afterEach(async () => {
  await system.stop();
  await pagerduty.close();
  await page.close();
});

async function start(env: Record<string, string> = {}) {
  const url = `${page.url}/api/v2/summary.json`;
  system = await startSystem({
    env: {
      PAGERDUTY_ROUTING_KEY: routingKey,
      PAGERDUTY_URL: pagerduty.url,
      SPREEDLY_STATUS_SUMMARY_URL: url,
      // Only when the test says so.
      STATUS_POLL_SECONDS: '86400',
      RETRY_SCHEDULE: '300ms,300ms,300ms',
      ...env,
    },
  });
  await eventually(() => page.requests.length > 0);
}

async function pull(next: object | number) {
  summary = next;
  const { body } = await post(`${system.apiUrl}/ingest/pull-status`, {});
  return body;
}

async function settled() {
  const pending = () => query(system, "select id from deliveries where status = 'pending'");
  await eventually(async () => expect(await pending()).toEqual([]), { timeoutMs: 20_000 });
}

const calls = () => pagerduty.calls.map(({ action, dedupKey, answer }) => `${action} ${dedupKey} ${answer}`);

test('an incident opens minor, becomes critical, is monitored while polls fail, and disappears: one page, closed', async () => {
  await start();
  const critical = incident({ impact: 'critical', status: 'identified', updated_at: '2026-01-01T10:05:00Z' });
  await pull({ ...quiet, incidents: [incident()] });
  await pull({ ...quiet, incidents: [critical] });
  await pull({
    ...quiet,
    incidents: [{ ...critical, status: 'monitoring', updated_at: '2026-01-01T10:10:00Z' }],
  });
  await settled();
  expect(await pull(500)).toMatchObject({ errors: { spreedly: expect.stringContaining('bad_status') } });
  expect(await pull({ nonsense: true })).toMatchObject({
    errors: { spreedly: expect.stringContaining('invalid') },
  });
  expect(calls()).toEqual(['trigger spreedly_status/inc-1 202']);

  incidents = [incident({ status: 'resolved', resolved_at: '2026-01-01T10:30:00Z' })];
  await pull(quiet);
  await settled();
  expect(calls()).toEqual(['trigger spreedly_status/inc-1 202', 'resolve spreedly_status/inc-1 202']);
  expect(pagerduty.alerts).toMatchObject([{ status: 'resolved', log: ['trigger', 'resolve'] }]);
  expect(await query(system, "select resolved_at from signals where event_id = 'inc-1'")).toEqual([
    { resolved_at: new Date('2026-01-01T10:30:00Z') },
  ]);
}, 60_000);

test('one outage is one page: six components wait behind their incident; two that outlive it page then', async () => {
  await start();
  const bad = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => component(id, 'major_outage'));
  await pull({ incidents: [incident({ impact: 'critical' })], components: bad });
  await settled();
  expect(calls()).toEqual(['trigger spreedly_status/inc-1 202']);
  const held = await query<{ count: number }>(
    system,
    'select count(*)::int as count from signals where suppressed_by is not null',
  );
  expect(held).toEqual([{ count: 6 }]);

  const [a, b, ...rest] = bad;
  await pull({ incidents: [], components: [a, b, ...rest.map(({ id }) => component(id, 'operational'))] });
  await settled();
  expect(calls().toSorted()).toEqual([
    'resolve spreedly_status/inc-1 202',
    expect.stringMatching(/^trigger spreedly_status\/a@\S+ 202$/),
    expect.stringMatching(/^trigger spreedly_status\/b@\S+ 202$/),
    'trigger spreedly_status/inc-1 202',
  ]);
}, 60_000);

test('a resolve never overtakes its trigger, however long PagerDuty is in trouble', async () => {
  await start();
  pagerduty.failNext({ status: 503 }, 2);
  await pull({ ...quiet, incidents: [incident({ impact: 'critical' })] });
  await pull(quiet);
  await settled();
  expect(calls()).toEqual([
    'trigger spreedly_status/inc-1 503',
    'trigger spreedly_status/inc-1 503',
    'trigger spreedly_status/inc-1 202',
    'resolve spreedly_status/inc-1 202',
  ]);
}, 60_000);

test('an incident that comes back after it was over pages again', async () => {
  await start();
  const open = { ...quiet, incidents: [incident({ impact: 'critical' })] };
  for (const next of [open, quiet, open]) {
    await pull(next);
    await settled();
  }
  expect(calls().map((call) => call.split(' ')[0])).toEqual(['trigger', 'resolve', 'trigger']);
}, 60_000);

test('what PagerDuty refuses for good is not repeated, and its errors are kept', async () => {
  await start();
  pagerduty.failNext({ status: 400, body: '{"status":"invalid event","errors":["not like this"]}' });
  await pull({ ...quiet, incidents: [incident({ impact: 'critical' })] });
  await settled();
  expect(pagerduty.calls).toHaveLength(1);
  expect(await query(system, 'select status, last_error from deliveries')).toEqual([
    { status: 'refused', last_error: 'client_error' },
  ]);
  const attempts = await query<{ response_excerpt: string }>(system, 'select response_excerpt from attempts');
  expect(attempts[0]?.response_excerpt).toContain('not like this');
}, 60_000);

test('more pages than PagerDuty takes in a minute are spread out, spend no attempt, and none is refused', async () => {
  await start();
  const many = Array.from({ length: 14 }, (_, n) => incident({ id: `inc-${n}`, impact: 'critical' }));
  await pull({ ...quiet, incidents: many });
  await settled();
  expect(new Set(calls()).size).toBe(many.length);
  expect(pagerduty.calls.every(({ answer }) => answer === 202)).toBe(true);
  expect(await query(system, 'select distinct attempts_made from deliveries')).toEqual([
    { attempts_made: 1 },
  ]);
  const [first, last] = [pagerduty.calls[0]?.at as number, pagerduty.calls.at(-1)?.at as number];
  // Ten at once, then one every 0.66 s.
  expect(last - first).toBeGreaterThan(2_000);
}, 60_000);

test('pages are polled on a schedule, which comes back after Redis was emptied', async () => {
  summary = { ...quiet, incidents: [incident({ impact: 'critical' })] };
  await start({ STATUS_POLL_SECONDS: '10' });
  await eventually(() => pagerduty.calls.length === 1, { timeoutMs: 20_000 });
  await system.redis.flush();
  const before = page.requests.length;
  await eventually(() => page.requests.length > before, { timeoutMs: 30_000 });
}, 60_000);

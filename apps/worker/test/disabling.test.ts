import { newId } from '@signalbox/domain';
import { disable, disableFailing } from '../src/disabling.js';
import { type Bench, startBench } from './running-worker.js';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.stop());

const day = 24 * 60 * 60 * 1_000;
const policy = { routeWarning: true, production: true, fallbackAfterMs: 60_000 };
const context = () => ({ ...bench, policy, schedule: [1_000] });

async function subscription(failingSinceDays: number | null): Promise<string> {
  const id = newId();
  await bench.pool.query(
    `insert into subscriptions (id, url, failing_since)
     values ($1, 'https://hooks.example/orders?token=x', now() - $2::float8 * interval '1 day')`,
    [id, failingSinceDays],
  );
  return id;
}

const states = async () => {
  const { rows } = await bench.pool.query<{ id: string; reason: string | null }>(
    'select id, disabled_reason as reason from subscriptions',
  );
  return Object.fromEntries(rows.map(({ id, reason }) => [id, reason]));
};

test('a subscription that has failed for days is disabled, one that has failed for less is not', async () => {
  const [dead, ill, well] = [await subscription(6), await subscription(4), await subscription(null)];
  await disableFailing(context());
  expect(await states()).toEqual({ [dead]: 'failing', [ill]: null, [well]: null });
  await disableFailing(context(), 3 * day);
  expect(await states()).toEqual({ [dead]: 'failing', [ill]: 'failing', [well]: null });
});

test('the operators are told once, without what is secret in the URL', async () => {
  const id = await subscription(6);
  await disable(id, 'failing', context());
  await disable(id, 'gone', context());
  const { rows } = await bench.pool.query<{
    summary: string;
    event_type: string;
    raw: Buffer;
    pages: number;
  }>(
    `select summary, event_type, raw, (select count(*)::int from deliveries where channel = 'pagerduty') as pages
     from signals where source = 'signalbox'`,
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ event_type: 'subscription.disabled', pages: 1 });
  expect(rows[0]?.summary).toBe(`Subscription ${id} to hooks.example was disabled (failing)`);
  expect(rows[0]?.raw.toString()).not.toContain('token');
  expect(JSON.parse(rows[0]?.raw.toString() ?? '')).toMatchObject({ subscription_id: id, reason: 'failing' });
});

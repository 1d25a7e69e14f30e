import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import request from 'supertest';
import { addStore, type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

async function call(method: 'get' | 'post', path: string, given?: unknown) {
  const asked = method === 'get' ? request(api.url).get(path) : request(api.url).post(path);
  const { status, body } = await asked.set('content-type', 'application/json').send(JSON.stringify(given));
  return { status, body };
}

function sendAlert(location: string, label: string, alert_uuid: string = randomUUID()) {
  const alert = {
    url: 'https://example.com/clip.mp4',
    location,
    alert_uuid,
    label,
    time_spotted: 1705315200.25,
  };
  return call('post', '/webhooks/alerts/', alert);
}

const users = [
  { preference: 'critical' },
  { preference: 'standard' },
  { preference: 'both' },
  { preference: 'both', active: false },
];
/** Quiet hours that hold now, and end in about two hours. */
const night = { from: clock(-1), to: clock(2), timeZone: 'UTC' };

function clock(hoursFromNow: number): string {
  return new Date(Date.now() + hoursFromNow * 3_600_000).toISOString().slice(11, 16);
}

async function setChannels(id: string | undefined, channels: unknown, quietHours: unknown = null) {
  await api.pool.query('update users set channels = $2, quiet_hours = $3 where id = $1', [
    id,
    JSON.stringify(channels),
    quietHours && JSON.stringify(quietHours),
  ]);
}

describe('POST /alerts/preview', () => {
  test('says who would be told, by which channel, and why the others would not', async () => {
    const [critical, standard, both, inactive] = await addStore(api.pool, 'preview', users);
    const email = { channel: 'email', address: 'ana@example.com', severities: null };
    await setChannels(both, [{ channel: 'sms', address: '+336', severities: ['critical'] }, email]);
    await setChannels(standard, [{ ...email, severities: ['info'] }], night);
    expect(await call('post', '/alerts/preview', { location: 'preview', label: 'theft' })).toEqual({
      status: 200,
      body: {
        known_store: true,
        severity: 'critical',
        would_notify: [
          { user_id: critical, channel: 'notification', not_before: null, fallback: [] },
          { user_id: both, channel: 'sms', not_before: null, fallback: ['email'] },
        ].toSorted((a, b) => ((a.user_id ?? '') < (b.user_id ?? '') ? -1 : 1)),
        would_not: expect.arrayContaining([
          { user_id: standard, reason: 'preference' },
          { user_id: inactive, reason: 'inactive' },
        ]),
      },
    });
    const suspicious = await call('post', '/alerts/preview', { location: 'preview', label: 'suspicious' });
    expect(suspicious.body.would_not).toContainEqual({ user_id: standard, reason: 'no_channel' });
    const normal = await call('post', '/alerts/preview', { location: 'preview', label: 'normal' });
    const waits = normal.body.would_notify.find((row: { user_id: string }) => row.user_id === standard);
    expect(waits.channel).toBe('email');
    expect(waits.not_before).toContain(`T${night.to}:00.000Z`);
  });

  test('promises nothing: no signal, no delivery', async () => {
    const rows = async () => (await api.pool.query('select from signals')).rowCount;
    const before = await rows();
    await call('post', '/alerts/preview', { location: 'preview' });
    expect(await rows()).toBe(before);
  });

  test('knows a store that has very many users, and one that is unknown', async () => {
    await addStore(
      api.pool,
      'large',
      Array.from({ length: 320 }, () => ({ preference: 'critical' })),
    );
    const { body } = await call('post', '/alerts/preview', { location: 'large' });
    expect(body.would_notify).toHaveLength(320);
    const unknown = await call('post', '/alerts/preview', { location: 'nowhere' });
    expect(unknown.body).toEqual({
      known_store: false,
      severity: 'critical',
      would_notify: [],
      would_not: [],
    });
  });

  test.each([
    [{ location: 'preview', label: 'alien' }, 'label'],
    [{ label: 'theft' }, 'location'],
    [{ location: 7 }, 'location'],
  ])('%j is answered 422 and says what is wrong', async (given, path) => {
    const { status, body } = await call('post', '/alerts/preview', given);
    expect(status).toBe(422);
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual([path]);
  });

  test('takes any JSON without a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (given) => {
        expect((await call('post', '/alerts/preview', given)).status).toBeLessThan(500);
        expect((await call('post', '/alerts/drill', given)).status).toBeLessThan(500);
      }),
      { numRuns: 60 },
    );
  });
});

describe('GET /alerts/{alert_uuid}', () => {
  test('shows every user’s decision, by revision, with what became of it', async () => {
    const [critical, standard, both, inactive] = await addStore(api.pool, 'decided', users);
    const uuid = randomUUID();
    await sendAlert('decided', 'suspicious', uuid);
    await sendAlert('decided', 'theft', uuid.toUpperCase());
    const { status, body } = await call('get', `/alerts/${uuid}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      location: 'decided',
      label: 'theft',
      severity: 'critical',
      revision: 2,
      test_mode: false,
      fanning_out: false,
      deliveries: { pending: 4 },
      not_told: { preference: 2, inactive: 2 },
      next_cursor: null,
    });
    const seen = body.decisions.map(
      (row: Record<'revision' | 'user_id' | 'decision' | 'reason', string>) =>
        `${row.revision} ${row.user_id} ${row.decision} ${row.reason}`,
    );
    expect(seen.toSorted()).toEqual(
      [
        `1 ${critical} not_told preference`,
        `1 ${standard} told null`,
        `1 ${both} told null`,
        `1 ${inactive} not_told inactive`,
        `2 ${critical} told null`,
        `2 ${standard} not_told preference`,
        `2 ${both} told null`,
        `2 ${inactive} not_told inactive`,
      ].toSorted(),
    );
    const told = body.decisions.find((row: { decision: string }) => row.decision === 'told');
    expect(told).toMatchObject({
      name: 'someone',
      channel: 'notification',
      status: 'pending',
      deliveries: [{ delivery_id: told.delivery_id, channel: 'notification', fallback_of: null }],
    });
  });

  test('comes in pages', async () => {
    await addStore(api.pool, 'paged', users);
    const uuid = randomUUID();
    await sendAlert('paged', 'suspicious', uuid);
    await sendAlert('paged', 'theft', uuid);
    const whole = await call('get', `/alerts/${uuid}`);
    const rows: unknown[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await call('get', `/alerts/${uuid}?limit=3${cursor && `&cursor=${cursor}`}`);
      rows.push(...body.decisions);
      if (body.next_cursor === null) break;
      cursor = body.next_cursor;
    }
    expect(rows).toEqual(whole.body.decisions);
  });

  test.each(['no-uuid', '%00', randomUUID()])('%s is not found', async (id) => {
    expect((await call('get', `/alerts/${id}`)).status).toBe(404);
  });

  test('refuses a cursor that is none', async () => {
    expect((await call('get', `/alerts/${randomUUID()}?cursor=1.${'-'.repeat(36)}`)).status).toBe(400);
  });
});

describe('POST /alerts/drill', () => {
  test('goes the real way, marked', async () => {
    await addStore(api.pool, 'drill', users);
    const drill = await call('post', '/alerts/drill', { location: 'drill' });
    expect(drill).toEqual({
      status: 202,
      body: { received: true, alert_uuid: expect.any(String), signal_id: expect.any(String) },
    });
    const { body } = await call('get', `/alerts/${drill.body.alert_uuid}`);
    expect(body).toMatchObject({ label: 'theft', test_mode: true, deliveries: { pending: 2 } });
    const again = await call('post', '/alerts/drill', {
      location: 'drill',
      alert_uuid: drill.body.alert_uuid,
    });
    expect(again).toEqual({ status: 200, body: { received: true, deduped: true } });
  });

  test('at an unknown store is a mistake', async () => {
    const { status, body } = await call('post', '/alerts/drill', { location: 'typo' });
    expect(status).toBe(404);
    expect(body.detail).toContain('typo');
  });
});

describe('an alert at a store', () => {
  test('nobody told us of is kept, tells nobody, and is counted', async () => {
    const uuid = randomUUID();
    expect((await sendAlert('unheard-of', 'theft', uuid)).status).toBe(202);
    const { body } = await call('get', `/alerts/${uuid}`);
    expect(body).toMatchObject({ deliveries: {}, decisions: [] });
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^signalbox_unknown_store_alerts_total [1-9]/m);
    expect(metrics).toMatch(
      /^signalbox_signals_received_total{source="alerts",outcome="accepted",reason="none"} [1-9]/m,
    );
    const line = api.lines.find((entry) => entry.msg === 'signal.received' && entry.event_id === uuid);
    expect(line).toMatchObject({ unknown_store: true, deliveries: 0 });
  });

  test('with very many users is accepted with the duty to fan it out, and a job for it', async () => {
    await addStore(
      api.pool,
      'huge',
      Array.from({ length: 301 }, () => ({ preference: 'critical' })),
    );
    const uuid = randomUUID();
    expect((await sendAlert('huge', 'theft', uuid)).status).toBe(202);
    const { body } = await call('get', `/alerts/${uuid}`);
    expect(body).toMatchObject({ fanning_out: true, deliveries: {} });
    const keys = await api.redis.keys('{fan-out}:fan-out:f-*');
    expect(keys).toEqual([`{fan-out}:fan-out:f-${body.signal_id}-1`]);
  });

  test('in whose quiet hours a user is, waits for their end in a job of its own', async () => {
    const [user] = await addStore(api.pool, 'quiet', [{ preference: 'both' }]);
    await setChannels(user, [], night);
    const uuid = randomUUID();
    await sendAlert('quiet', 'suspicious', uuid);
    const { body } = await call('get', `/alerts/${uuid}`);
    const [{ delivery_id, deliveries }] = body.decisions;
    expect(deliveries[0].not_before).toContain(`T${night.to}:00.000Z`);
    const jobs = await api.redis.keys(`*d-${delivery_id}`);
    expect(jobs).toHaveLength(1);
  });
});

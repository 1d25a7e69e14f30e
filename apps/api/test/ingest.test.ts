import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { addStore, type RunningApi, startApi, stripeSecret } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

function alert(change: Record<string, unknown> = {}) {
  return {
    url: 'https://media.example.com/clip.mp4',
    location: 'nowhere',
    alert_uuid: randomUUID(),
    label: 'theft',
    time_spotted: 1_705_315_200.25,
    ...change,
  };
}

function postAlert(body: unknown, path = '/webhooks/alerts/') {
  return request(api.url).post(path).set('content-type', 'application/json').send(JSON.stringify(body));
}

function postStripe(body: string, secret = stripeSecret, at = Math.floor(Date.now() / 1000)) {
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return request(api.url)
    .post('/ingest/stripe')
    .set('content-type', 'application/json')
    .set('stripe-signature', `t=${at},v1=${signature}`)
    .send(body);
}

async function owed(eventId: string) {
  const { rows } = await api.pool.query(
    `select d.revision, d.channel, d.target, d.max_attempts from deliveries d join signals s on s.id = d.signal_id
     where s.event_id = $1 order by d.revision, d.target`,
    [eventId],
  );
  return rows;
}

describe('POST /webhooks/alerts/', () => {
  test('new → 202, seen → 200 deduped, with and without the slash, and one signal is stored', async () => {
    const body = alert();
    const first = await postAlert(body);
    expect(first.status).toBe(202);
    expect(first.body).toEqual({ received: true, alert_uuid: body.alert_uuid });
    for (const path of ['/webhooks/alerts', '/webhooks/alerts/']) {
      const again = await postAlert(body, path);
      expect(again.status).toBe(200);
      expect(again.body).toEqual({ received: true, deduped: true });
    }
    const { rows } = await api.pool.query('select raw, severity from signals where event_id = $1', [
      body.alert_uuid,
    ]);
    expect(rows).toEqual([{ raw: Buffer.from(JSON.stringify(body)), severity: 'critical' }]);
  });

  test('the users of the store who want it are owed it, by class, and a graver label tells the rest', async () => {
    const users = [{ preference: 'critical' }, { preference: 'standard' }, { preference: 'both' }];
    const location = `store-${randomUUID()}`;
    const [critical, standard, both] = (await addStore(api.pool, location, [
      ...users,
      { preference: 'both', active: false },
    ])) as [string, string, string];
    const body = alert({ location, label: 'suspicious' });
    expect((await postAlert(body)).status).toBe(202);
    expect((await postAlert({ ...body, label: 'theft' })).status).toBe(202);
    expect((await postAlert({ ...body, label: 'normal' })).body).toEqual({ received: true, deduped: true });

    const told = (await owed(body.alert_uuid)).map(({ revision, target }) => `${revision} ${target}`);
    expect(told).toEqual([
      ...[standard, both].toSorted().map((id) => `1 ${id}`),
      ...[critical, both].toSorted().map((id) => `2 ${id}`),
    ]);
  });

  test('sent 30 times at once it is one signal: one 202, 29 deduped', async () => {
    const body = alert();
    const answers = await Promise.all(Array.from({ length: 30 }, () => postAlert(body)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.deduped === true)).toHaveLength(29);
    const { rowCount } = await api.pool.query('select from signals where event_id = $1', [body.alert_uuid]);
    expect(rowCount).toBe(1);
  });

  test('after Redis forgot everything it is still a duplicate', async () => {
    const body = alert();
    await postAlert(body);
    await api.redis.flushdb();
    expect((await postAlert(body)).body).toEqual({ received: true, deduped: true });
  });

  test('a body sent as gzip is kept as it was before', async () => {
    const body = alert();
    const answer = await request(api.url)
      .post('/webhooks/alerts/')
      .set({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .serialize((raw) => raw as string)
      .send(gzipSync(JSON.stringify(body)) as unknown as string);
    expect(answer.status).toBe(202);
  });

  test('a well-formed alert with an unknown label is refused, and kept', async () => {
    const body = alert({ label: 'arson' });
    const answer = await postAlert(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ reason: 'unknown_label', errors: [{ path: 'label' }] });
    const { rows } = await api.pool.query(
      'select source, reason, body, correlation_id from rejected_inbound',
    );
    expect(rows).toEqual([
      {
        source: 'alerts',
        reason: 'unknown_label',
        body: Buffer.from(JSON.stringify(body)),
        correlation_id: answer.body.request_id,
      },
    ]);
  });
});

describe('bad input gets its status and a problem document that names the fields', () => {
  const json = 'application/json';
  test.each([
    { what: 'malformed JSON', body: '{"url":', type: json, status: 400, fields: [] },
    { what: 'an empty body', body: '', type: json, status: 400, fields: [] },
    { what: 'a list', body: '[]', type: json, status: 400, fields: [] },
    {
      what: 'wrong types',
      body: JSON.stringify(alert({ location: 7, time_spotted: '1700000000' })),
      type: json,
      status: 400,
      fields: ['location', 'time_spotted'],
    },
    {
      what: 'missing fields',
      body: '{"label":"theft"}',
      type: json,
      status: 400,
      fields: ['url', 'location', 'alert_uuid', 'time_spotted'],
    },
    {
      what: '2 MB',
      body: JSON.stringify(alert({ url: 'x'.repeat(2 ** 21) })),
      type: json,
      status: 413,
      fields: [],
    },
    {
      what: 'another content type',
      body: JSON.stringify(alert()),
      type: 'text/plain',
      status: 415,
      fields: [],
    },
  ])('$what → $status', async ({ body, type, status, fields }) => {
    const answer = await request(api.url)
      .post('/webhooks/alerts/')
      .set({ 'content-type': type, 'x-request-id': 'my-request' })
      .send(body);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      status,
      request_id: 'my-request',
      detail: expect.stringMatching(/\w/),
    });
    const named = ((answer.body.errors ?? []) as { path: string }[]).map(({ path }) => path);
    expect(named.toSorted()).toEqual(fields.toSorted());
  });

  test('no 5xx, whatever is sent', async () => {
    const bodies = [
      'null',
      '0',
      '"x"',
      '{"alert_uuid":{}}',
      '\u0000',
      '{"url":"\\u0000"}',
      '['.repeat(100_000),
    ];
    for (const body of bodies) {
      const answer = await request(api.url).post('/webhooks/alerts/').set('content-type', json).send(body);
      expect(answer.status).toBe(400);
      expect((await postStripe(body)).status).toBe(400);
    }
  });
});

describe('POST /ingest/stripe', () => {
  const fixture = readFileSync('fixtures/stripe/payout_failed.json', 'utf8');

  test('a good signature → 200, again → deduped, and one page is owed', async () => {
    const first = await postStripe(fixture);
    expect([first.status, first.body]).toEqual([200, { received: true }]);
    const again = await postStripe(fixture);
    expect([again.status, again.body]).toEqual([200, { received: true, deduped: true }]);
    expect(await owed('evt_1abc')).toEqual([
      { revision: 1, channel: 'pagerduty', target: 'default', max_attempts: 6 },
    ]);
  });

  test.each([
    ['another secret', () => postStripe(fixture, 'whsec_other')],
    ['an old timestamp', () => postStripe(fixture, stripeSecret, Math.floor(Date.now() / 1000) - 3600)],
    [
      'no signature',
      () => request(api.url).post('/ingest/stripe').set('content-type', 'application/json').send(fixture),
    ],
  ])('%s → 400', async (_, send) => {
    const answer = await send();
    expect(answer.status).toBe(400);
    expect(answer.body.reason).toBe('bad_signature');
  });

  test('a warning pages nobody', async () => {
    await postStripe(readFileSync('fixtures/stripe/payment_failed.json', 'utf8'));
    expect(await owed('evt_2def')).toEqual([]);
  });
});

test('one wide line per request, with the correlation id of the request', async () => {
  const body = alert();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await postAlert(body).set('traceparent', traceparent);
  const lines = api.lines.filter(({ event_id }) => event_id === body.alert_uuid);
  expect(lines).toEqual([
    expect.objectContaining({
      msg: 'signal.received',
      correlation_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      source: 'alerts',
      outcome: 'accepted',
      status: 202,
      event_type: 'alert.theft',
      deliveries: 0,
      enqueued: true,
    }),
  ]);
});

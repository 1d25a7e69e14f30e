import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { keepRejected, type Rejected, type RejectedRow } from '@signalbox/postgres';
import request from 'supertest';
import { addStore, type RunningApi, startApi, stripeSecret } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

const json = { 'content-type': 'application/json' };

function send(path: string, body: string | Buffer, headers: Record<string, string> = json) {
  return request(api.url)
    .post(path)
    .set(headers)
    .serialize((raw) => raw as string)
    .send(body as string);
}

function alert(change: object = {}) {
  const url = 'https://media.example.com/clip.mp4';
  const when = { time_spotted: 1_705_315_200 };
  return { url, location: 'nowhere', alert_uuid: randomUUID(), label: 'theft', ...when, ...change };
}

function stripeHeaders(body: string) {
  const at = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', stripeSecret).update(`${at}.${body}`).digest('hex');
  return { ...json, 'stripe-signature': `t=${at},v1=${signature}` };
}

async function subscribe(change: object = {}): Promise<string> {
  const answer = await request(api.url)
    .post('/subscriptions')
    .send({ url: 'http://127.0.0.1:9/hook', ...change });
  return answer.body.id;
}

async function list(query = ''): Promise<RejectedRow[]> {
  const { status, body } = await request(api.url).get(`/rejected?limit=500&${query}`);
  expect(status).toBe(200);
  return body.data;
}

/** What was kept of the request that was answered so. */
async function keptOf({ body }: { body: { request_id?: string } }): Promise<RejectedRow | undefined> {
  return (await list()).find(({ correlation_id }) => correlation_id === body.request_id);
}

async function idOf(answer: { body: { request_id?: string } }): Promise<string> {
  return (await keptOf(answer))?.id as string;
}

const get = (id: string) => request(api.url).get(`/rejected/${id}`);
const resubmit = (id: string, given?: object) =>
  request(api.url).post(`/rejected/${id}/resubmit`).send(given);
const resubmitMany = (asked: object) => request(api.url).post('/rejected/resubmit').send(asked);
const dismiss = (id: string) => request(api.url).post(`/rejected/${id}/dismiss`);

async function signal(id: string) {
  const { rows } = await api.pool.query('select * from signals where id = $1', [id]);
  return rows[0];
}

async function signals(source: string): Promise<number> {
  const { rows } = await api.pool.query('select count(*)::int from signals where source = $1', [source]);
  return rows[0].count;
}

async function auditOf(target: string) {
  const { body } = await request(api.url).get(`/audit?target=${target}`);
  return body.data;
}

/** As it would have been kept by rules that are no longer those of today. */
async function keepGood(change: Partial<Rejected> = {}): Promise<void> {
  await keepRejected(api.pool, {
    source: 'alerts',
    reason: 'unknown_label',
    detail: 'unknown',
    errors: [],
    headers: json,
    subscriptionId: null,
    body: Buffer.from(JSON.stringify(alert())),
    correlationId: randomUUID(),
    ...change,
  });
}

describe('what is turned away for what it says is kept', () => {
  const stripeList = '[]';
  test.each([
    ['/webhooks/alerts', '{"url":', json, 'alerts', 'invalid_json'],
    ['/webhooks/alerts', '{"label":"theft"}', json, 'alerts', 'invalid_body'],
    ['/webhooks/alerts', JSON.stringify(alert({ label: 'arson' })), json, 'alerts', 'unknown_label'],
    ['/webhooks/alerts', '{}', { 'content-type': 'text/plain' }, 'alerts', 'unsupported_media_type'],
    ['/ingest/stripe', stripeList, stripeHeaders(stripeList), 'stripe', 'invalid_json'],
    ['/events', '{"type":"a b","data":1}', json, 'events', 'invalid_body'],
    [
      '/events',
      '{"type":"a","data":1}',
      { ...json, 'idempotency-key': 'a b' },
      'events',
      'bad_idempotency_key',
    ],
  ])('at %s: %.30s', async (path, body, headers, source, reason) => {
    const answer = await send(path, body, headers);
    expect(answer.body.reason).toBe(reason);
    const kept = await keptOf(answer);
    expect(kept).toMatchObject({ source, reason, status: 'open', times: 1, size: body.length });
    expect(kept).toMatchObject({ detail: answer.body.detail, errors: answer.body.errors ?? [] });
    expect(kept?.headers).toEqual({ 'content-type': (headers as Record<string, string>)['content-type'] });
  });

  test('at a subscription, with the type of event its query names', async () => {
    const id = await subscribe();
    const headers = { ...json, 'idempotency-key': 'key-1' };
    const answer = await send(`/ingest/${id}?event_type=order.created`, '{', headers);
    expect(await keptOf(answer)).toMatchObject({
      source: 'webhook',
      reason: 'invalid_json',
      subscription_id: id,
      headers: { ...headers, 'x-event-type': 'order.created' },
    });
  });

  test('whatever bytes it is made of', async () => {
    const [text, bytes] = [Buffer.from('"\0 \ud83d\ude00'), Buffer.from([0xff, 0, 0xfe])];
    const [first, second] = [await send('/events', text), await send('/events', bytes)];
    expect((await get(await idOf(first))).body).toMatchObject({ encoding: 'utf8', body: text.toString() });
    const { body } = await get(await idOf(second));
    expect(body).toMatchObject({ encoding: 'base64', body: bytes.toString('base64') });
  });
});

describe('it is not kept', () => {
  const empty = { path: '/webhooks/alerts', body: '', headers: json, reason: 'invalid_json' };
  const tooLarge = { path: '/events', body: 'x'.repeat(2 ** 21), headers: json, reason: 'too_large' };
  const forged = { ...json, 'stripe-signature': `t=${Math.floor(Date.now() / 1000)},v1=00` };
  const unsigned = { path: '/ingest/stripe', body: '{', headers: forged, reason: 'bad_signature' };
  test.each([empty, tooLarge, unsigned])(
    'but counted: $reason at $path',
    async ({ path, body, headers, reason }) => {
      const before = await list();
      expect((await send(path, body, headers)).body.reason).toBe(reason);
      expect(await list()).toEqual(before);
      const { text } = await request(api.url).get('/metrics');
      const source = path.split('/').at(-1);
      expect(text).toMatch(
        new RegExp(
          `signals_received_total\\{source="${source}",outcome="rejected",reason="${reason}"\\} [1-9]`,
        ),
      );
    },
  );

  test('when a subscription asks for another signature', async () => {
    const id = await subscribe({ ingest_secret: 'a-secret-of-theirs' });
    const answer = await send(`/ingest/${id}`, '{', { ...json, 'x-hub-signature-256': 'sha256=00' });
    expect(answer.status).toBe(401);
    expect(await keptOf(answer)).toBeUndefined();
  });
});

test('the same again is counted, also at once; for another subscription, or of another type, it is another', async () => {
  const body = `{${randomUUID()}`;
  const first = await send('/events', body);
  await Promise.all(
    Array.from({ length: 20 }, () => send('/events', body, { ...json, 'x-forwarded-for': 'x' })),
  );
  const kept = await keptOf(first);
  expect(kept).toMatchObject({ times: 21 });
  expect(kept?.last_received_at).not.toBe(kept?.received_at);
  const [one, other] = [await subscribe(), await subscribe()];
  await send(`/ingest/${one}`, body);
  await send(`/ingest/${one}`, body, { ...json, 'x-event-type': 'order.created' });
  await send(`/ingest/${other}`, body);
  const rows = (await list('source=webhook')).filter(({ subscription_id: id }) => id === one || id === other);
  expect(rows.map(({ times }) => times)).toEqual([1, 1, 1]);
});

test('the list is filtered, and read in pages', async () => {
  const source = `source-${randomUUID()}`;
  for (const reason of ['a', 'b', 'b']) await keepGood({ source, reason, body: Buffer.from(randomUUID()) });
  const all = await list(`source=${source}`);
  expect(all.map(({ reason }) => reason)).toEqual(['b', 'b', 'a']);
  expect(await list(`source=${source}&reason=b`)).toHaveLength(2);
  const [newest, , oldest] = all as [RejectedRow, RejectedRow, RejectedRow];
  await dismiss(newest.id);
  expect(await list(`source=${source}&status=dismissed`)).toMatchObject([{ id: newest.id }]);
  expect(await list(`source=${source}&status=open`)).toHaveLength(2);
  expect(await list(`source=${source}&until=${String(oldest.received_at)}`)).toEqual([]);
  expect(await list(`source=${source}&since=${String(oldest.received_at)}`)).toHaveLength(3);
  const page = await request(api.url).get(`/rejected?source=${source}&limit=2`);
  const rest = await request(api.url).get(
    `/rejected?source=${source}&limit=2&cursor=${page.body.next_cursor}`,
  );
  expect([...page.body.data, ...rest.body.data].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  expect(rest.body.next_cursor).toBeNull();
});

test.each(['status=shut', 'limit=0', 'cursor=x', 'source=%00'])(
  'GET /rejected?%s is refused',
  async (query) => {
    expect((await request(api.url).get(`/rejected?${query}`)).status).toBe(400);
  },
);

test.each([get, dismiss, (id: string) => resubmit(id)])(
  'of one that is not there, nothing is made',
  async (ask) => {
    expect((await ask(randomUUID())).status).toBe(404);
    expect((await ask('7')).status).toBe(404);
  },
);

describe('POST /rejected/{id}/resubmit', () => {
  test('is refused by the rules of today, until it is put right: then it is told to whom it concerns', async () => {
    const location = `store ${randomUUID()}`;
    const [user] = await addStore(api.pool, location, [{ preference: 'both' }]);
    const sent = alert({ location, label: 'arson' });
    const id = await idOf(await send('/webhooks/alerts', JSON.stringify(sent)));
    const refused = await resubmit(id);
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ reason: 'unknown_label', errors: [{ path: 'label' }] });
    expect(await auditOf(id)).toEqual([]);

    const body = { ...sent, label: 'theft' };
    const taken = await resubmit(id, { body });
    expect(taken.status).toBe(202);
    const { signal_id } = taken.body;
    expect(await signal(signal_id)).toMatchObject({
      source: 'alerts',
      dedupe_key: sent.alert_uuid,
      severity: 'critical',
      service: location,
      raw: Buffer.from(JSON.stringify(body)),
    });
    const { rows } = await api.pool.query('select target from deliveries where signal_id = $1', [signal_id]);
    expect(rows).toEqual([{ target: user }]);
    expect((await get(id)).body).toMatchObject({
      status: 'resubmitted',
      signal_id,
      settled_at: expect.any(String),
      body: JSON.stringify(sent),
    });
    expect(await auditOf(id)).toMatchObject([
      {
        action: 'rejected.resubmitted',
        before: { body: JSON.stringify(sent) },
        after: { body: JSON.stringify(body), signal_id },
      },
    ]);
    const again = await resubmit(id, { body: alert() });
    expect(again.status).toBe(200);
    expect(again.body).toEqual({ received: true, deduped: true, signal_id });
    expect(await auditOf(id)).toHaveLength(1);
  });

  test('what was sent rightly in the meantime is a duplicate', async () => {
    const sent = alert({ label: 'arson' });
    const id = await idOf(await send('/webhooks/alerts', JSON.stringify(sent)));
    const body = { ...sent, label: 'theft' };
    await send('/webhooks/alerts', JSON.stringify(body));
    expect((await resubmit(id, { body })).body).toMatchObject({ deduped: true });
    expect((await get(id)).body.status).toBe('resubmitted');
  });

  test('ten times at once it is one signal, and once on record; whatever the door', async () => {
    const subscription = await subscribe();
    for (const [source, path] of [
      ['events', '/events'],
      ['webhook', `/ingest/${subscription}`],
    ] as const) {
      const before = await signals(source);
      const id = await idOf(await send(path, `{${randomUUID()}`));
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => resubmit(id, { body: { type: 'order.created', data: 1 } })),
      );
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
      expect(new Set(answers.map(({ body }) => body.signal_id)).size).toBe(1);
      expect(await signals(source)).toBe(before + 1);
      expect(await auditOf(id)).toHaveLength(1);
    }
  });

  test('a webhook keeps its key, its type and the time it came', async () => {
    const subscription = await subscribe();
    const headers = { ...json, 'idempotency-key': 'key-7', 'x-event-type': 'order.created' };
    const id = await idOf(await send(`/ingest/${subscription}`, '{"a":', headers));
    const { received_at } = (await get(id)).body;
    const { body } = await resubmit(id, { body: { a: 1 } });
    const stored = await signal(body.signal_id);
    expect(stored).toMatchObject({ dedupe_key: `${subscription}:key-7`, event_type: 'order.created' });
    expect(stored.started_at.toISOString()).toBe(received_at);
    const { rows } = await api.pool.query('select target from deliveries where signal_id = $1', [
      body.signal_id,
    ]);
    expect(rows).toEqual([{ target: subscription }]);
  });

  test('a bad type of event, or key, can be put right', async () => {
    const subscription = await subscribe();
    const headers = { ...json, 'x-event-type': 'order created' };
    const id = await idOf(await send(`/ingest/${subscription}`, '{"a":1.0}', headers));
    expect((await resubmit(id)).body).toMatchObject({ reason: 'bad_event_type' });
    const { body } = await resubmit(id, { event_type: 'order.created' });
    const stored = await signal(body.signal_id);
    expect(stored).toMatchObject({ event_type: 'order.created', raw: Buffer.from('{"a":1.0}') });
    const badKey = { ...json, 'idempotency-key': 'x y' };
    const event = await send('/events', '{"type":"order.created","data":null}', badKey);
    expect((await resubmit(await idOf(event))).status).toBe(202);
  });

  test('what came as text is taken in as JSON once it is put right', async () => {
    const body = alert();
    const id = await idOf(
      await send('/webhooks/alerts', JSON.stringify(body), { 'content-type': 'text/plain' }),
    );
    expect((await resubmit(id)).body.reason).toBe('unsupported_media_type');
    expect((await resubmit(id, { body })).status).toBe(202);
  });

  test('an event of Stripe, verified when it came, needs no signature any more', async () => {
    const event = JSON.parse(readFileSync('fixtures/stripe/payout_failed.json', 'utf8'));
    const broken = JSON.stringify({ ...event, id: 7 });
    const id = await idOf(await send('/ingest/stripe', broken, stripeHeaders(broken)));
    const { status, body } = await resubmit(id, { body: { ...event, id: `evt_${randomUUID()}` } });
    expect(status).toBe(202);
    expect(await signal(body.signal_id)).toMatchObject({ source: 'stripe', severity: 'critical' });
  });

  test('where its subscription or its source is gone, that is said', async () => {
    const subscription = await subscribe();
    const id = await idOf(await send(`/ingest/${subscription}`, `{${randomUUID()}`));
    await request(api.url).delete(`/subscriptions/${subscription}`);
    const orphan = await resubmit(id, { body: {} });
    expect(orphan.status).toBe(422);
    expect(orphan.body.reason).toBe('unknown_subscription');
    await keepGood({ source: 'gone' });
    const [row] = await list('source=gone');
    expect((await resubmit(row?.id as string)).body.reason).toBe('unknown_source');
  });

  test.each([{ bodi: {} }, { event_type: 'a b' }, []])('%j is no correction', async (given) => {
    const id = await idOf(await send('/events', `{${randomUUID()}`));
    expect((await resubmit(id, given)).status).toBe(422);
    expect((await get(id)).body.status).toBe('open');
  });
});

test('what is dismissed stays so when it comes again, and may be resubmitted; what is resubmitted is not dismissed', async () => {
  const body = `{${randomUUID()}`;
  const id = await idOf(await send('/events', body));
  expect((await dismiss(id)).body).toEqual({ id, status: 'dismissed' });
  expect((await dismiss(id)).status).toBe(200);
  await send('/events', body);
  expect((await get(id)).body).toMatchObject({ status: 'dismissed', times: 2 });
  expect((await resubmit(id, { body: { type: 'a', data: 1 } })).status).toBe(202);
  const late = await dismiss(id);
  expect(late.status).toBe(409);
  expect(late.body.reason).toBe('has_been_resubmitted');
  const actions = (await auditOf(id)).map(({ action }: { action: string }) => action);
  expect(actions).toEqual(['rejected.resubmitted', 'rejected.dismissed']);
});

describe('POST /rejected/resubmit', () => {
  beforeEach(() => api.pool.query('delete from rejected_inbound'));

  test('takes in all that the rules of today take, and says what became of the others', async () => {
    const before = await signals('alerts');
    const twice = alert();
    for (let n = 0; n < 30; n++) await keepGood();
    for (const gap of ['', ' ']) await keepGood({ body: Buffer.from(JSON.stringify(twice) + gap) });
    await keepGood({ body: Buffer.from(JSON.stringify(alert({ label: 'arson' }))) });
    await keepGood({ reason: 'invalid_json' });
    const { status, body } = await resubmitMany({ filter: { reason: 'unknown_label' } });
    expect(status).toBe(200);
    expect(body).toEqual({ accepted: 31, deduped: 1, refused: 1, unavailable: 0 });
    expect(await signals('alerts')).toBe(before + 31);
    expect(await list('status=resubmitted')).toHaveLength(32);
    expect((await list('status=open')).map(({ reason }) => reason).toSorted()).toEqual([
      'invalid_json',
      'unknown_label',
    ]);
    const { body: audit } = await request(api.url).get('/audit?action=rejected.resubmitted&limit=1');
    expect(audit.data[0]).toMatchObject({
      target_id: null,
      after: { filter: { reason: 'unknown_label' }, found: 33 },
    });
  });

  test('takes a thousand, and says where the rest is', async () => {
    await api.pool.query(
      `insert into rejected_inbound (id, source, reason, detail, errors, body, correlation_id, headers, fingerprint)
       select gen_random_uuid(), 'alerts', 'unknown_label', '', '[]',
         convert_to(json_build_object('url', 'https://x/', 'location', 'nowhere', 'alert_uuid', gen_random_uuid(),
           'label', 'theft', 'time_spotted', n)::text, 'UTF8'),
         'x', '{"content-type": "application/json"}', sha256(int4send(n))
       from generate_series(1, 1005) as n`,
    );
    const first = await resubmitMany({ filter: {} });
    expect(first.body).toMatchObject({ accepted: 1_000, remaining: true, next_cursor: expect.any(String) });
    const second = await resubmitMany({ filter: {}, cursor: first.body.next_cursor });
    expect(second.body).toEqual({ accepted: 5, deduped: 0, refused: 0, unavailable: 0 });
    expect(await list('status=open')).toEqual([]);
  });

  test.each([
    {},
    { filter: { status: 'dismissed' } },
    { filter: { since: 'yesterday' } },
    { filter: {}, cursor: 'x' },
  ])('%j is refused', async (asked) => {
    expect((await resubmitMany(asked)).status).toBe(422);
  });
});

test('how many are open is told to Prometheus', async () => {
  await api.pool.query('delete from rejected_inbound');
  const open = async () =>
    /^signalbox_rejected_open (\d+)$/m.exec((await request(api.url).get('/metrics')).text)?.[1];
  expect(await open()).toBe('0');
  await send('/events', '{');
  const id = await idOf(await send('/events', '{{'));
  expect(await open()).toBe('2');
  await dismiss(id);
  expect(await open()).toBe('1');
});

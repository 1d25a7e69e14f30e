import { createHmac, randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

/** JSON that a parser and a writer would not give back as it was. */
const odd = '{"b": 1.0, "a":12345678901234567890,\n "2":"\\u00e9", "1": 1e400 }';

async function subscribe(change: object = {}): Promise<{ id: string; ingest_secret: string }> {
  const { status, body } = await request(api.url)
    .post('/subscriptions')
    .send({ url: 'http://127.0.0.1:9/hook', ...change });
  expect(status).toBe(201);
  return body;
}

function send(path: string, bytes: string | Buffer, headers: Record<string, string> = {}) {
  return request(api.url)
    .post(path)
    .set({ 'content-type': 'application/json', ...headers })
    .serialize(String)
    .send(bytes as string);
}

async function bodyOf(signalId: string): Promise<Buffer> {
  const { rows } = await api.pool.query<{ raw: Buffer }>('select raw from signals where id = $1', [signalId]);
  return rows[0]?.raw ?? Buffer.alloc(0);
}

describe('POST /ingest/{subscription_id}', () => {
  test('takes any JSON, keeps its bytes, and says where its delivery is', async () => {
    const { id } = await subscribe();
    for (const text of [odd, '[1]', '"text"', 'null', '7.0']) {
      const { status, body } = await send(`/ingest/${id}`, text);
      expect([status, body]).toEqual([
        202,
        {
          received: true,
          signal_id: expect.any(String),
          delivery_id: expect.any(String),
          status_url: `/deliveries/${body.delivery_id}`,
        },
      ]);
      expect((await bodyOf(body.signal_id)).toString()).toBe(text);
      const delivery = await request(api.url).get(body.status_url);
      expect(delivery.body).toMatchObject({ status: 'pending', subscription_id: id, channel: 'webhook' });
    }
  });

  test('every request without a key is a signal of its own', async () => {
    const { id } = await subscribe();
    const [first, second] = [await send(`/ingest/${id}`, '{}'), await send(`/ingest/${id}`, '{}')];
    expect(first.body.signal_id).not.toBe(second.body.signal_id);
  });

  test('the same key and body are one signal, also many times at once; another body is a conflict', async () => {
    const { id } = await subscribe();
    const keyed = (text: string) => send(`/ingest/${id}`, text, { 'idempotency-key': 'order-7' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => keyed(odd)));
    expect(answers.map(({ status }) => status).filter((status) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(11);
    const ids = new Set(answers.map(({ body }) => `${body.signal_id} ${body.delivery_id}`));
    expect(ids.size).toBe(1);
    const again = await keyed(odd);
    expect(again.body).toMatchObject({
      received: true,
      deduped: true,
      signal_id: answers[0]?.body.signal_id,
    });
    const conflict = await keyed('{}');
    expect([conflict.status, conflict.body.reason]).toEqual([409, 'idempotency_key_reused']);
  });

  test('a key is the subscription’s own', async () => {
    const [one, two] = [await subscribe(), await subscribe()];
    const key = { 'idempotency-key': 'same' };
    expect((await send(`/ingest/${one.id}`, '1', key)).status).toBe(202);
    expect((await send(`/ingest/${two.id}`, '2', key)).status).toBe(202);
  });

  test('with an ingest secret only what is signed with it gets in', async () => {
    const { id, ingest_secret: secret } = await subscribe({ ingest_secret: 'generate' });
    const sign = (text: string) => `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
    expect((await send(`/ingest/${id}`, odd, { 'x-hub-signature-256': sign(odd) })).status).toBe(202);
    expect((await send(`/ingest/${id}`, odd, { 'x-hub-signature-256': sign('{}') })).status).toBe(401);
    expect((await send(`/ingest/${id}`, odd)).status).toBe(401);
  });

  test.each<{ how: string; headers: Record<string, string>; query: string; skipped: boolean }>([
    { how: 'in the header', headers: { 'x-event-type': 'order.created' }, query: '', skipped: false },
    { how: 'in the query', headers: {}, query: '?event_type=order.line.added', skipped: false },
    { how: 'another one', headers: { 'x-event-type': 'user.created' }, query: '', skipped: true },
    { how: 'none', headers: {}, query: '', skipped: true },
  ])('an event type the subscription may not take: $how', async ({ headers, query, skipped }) => {
    const { id } = await subscribe({ event_types: ['order.*'] });
    const { status, body } = await send(`/ingest/${id}${query}`, '{}', headers);
    expect([status, body.skipped]).toEqual([202, skipped ? true : undefined]);
    const delivery = await request(api.url).get(body.status_url);
    expect(delivery.body.status).toBe(skipped ? 'skipped' : 'pending');
    if (skipped)
      expect(delivery.body).toMatchObject({ last_error: 'event_type', completed_at: expect.any(String) });
  });

  test('what the filter refuses is on record as skipped', async () => {
    const { id } = await subscribe({ filter: { amount: { $gte: 100 } } });
    expect((await send(`/ingest/${id}`, '{"amount":100.0}')).body.skipped).toBeUndefined();
    const { body } = await send(`/ingest/${id}`, '{"amount":99}');
    expect((await request(api.url).get(body.status_url)).body).toMatchObject({
      status: 'skipped',
      last_error: 'filter',
    });
  });

  test('a disabled subscription still takes what comes', async () => {
    const { id } = await subscribe({ enabled: false });
    expect((await send(`/ingest/${id}`, '{}')).status).toBe(202);
  });

  test('its own retry schedule says how many attempts there are', async () => {
    const { id } = await subscribe({ retry_schedule: ['1s', '2s'] });
    const { body } = await send(`/ingest/${id}`, '{}');
    expect((await request(api.url).get(body.status_url)).body.max_attempts).toBe(3);
  });

  test.each<{ what: string; text: string; headers?: Record<string, string>; status: number; reason: string }>(
    [
      { what: 'half a document', text: '{', status: 400, reason: 'invalid_json' },
      { what: 'nothing', text: '', status: 400, reason: 'invalid_json' },
      {
        what: 'text',
        text: '{}',
        headers: { 'content-type': 'text/plain' },
        status: 415,
        reason: 'unsupported_media_type',
      },
      {
        what: 'a type that is none',
        text: '{}',
        headers: { 'x-event-type': 'no spaces please' },
        status: 400,
        reason: 'bad_event_type',
      },
      {
        what: 'a key of two words',
        text: '{}',
        headers: { 'idempotency-key': 'two words' },
        status: 400,
        reason: 'bad_idempotency_key',
      },
      {
        what: 'a key that is too long',
        text: '{}',
        headers: { 'idempotency-key': 'x'.repeat(256) },
        status: 400,
        reason: 'bad_idempotency_key',
      },
      { what: 'over 1 MiB', text: `"${'x'.repeat(1024 * 1024)}"`, status: 413, reason: 'too_large' },
    ],
  )('$what is answered $status $reason', async ({ text, headers, status, reason }) => {
    const { id } = await subscribe();
    const answer = await send(`/ingest/${id}`, text, headers);
    expect([answer.status, answer.body.reason]).toEqual([status, reason]);
  });

  test('a subscription nobody has made is not found', async () => {
    expect((await send(`/ingest/${randomUUID()}`, '{}')).status).toBe(404);
    expect((await send('/ingest/nonsense', '{}')).status).toBe(404);
  });
});

describe('POST /events', () => {
  const publish = (event: object, headers?: Record<string, string>) =>
    send('/events', JSON.stringify(event), headers);

  test('reaches each subscription that takes its type, whole', async () => {
    const type = `order.${randomUUID()}`;
    const taking = await Promise.all([
      subscribe({ event_types: [type] }),
      subscribe({ event_types: ['order.*'], filter: { data: { n: 1 } } }),
    ]);
    await subscribe({ event_types: ['other'] });
    await subscribe({ event_types: [type], filter: { data: { n: 2 } } });
    const text = `{"type":"${type}", "data":{"n":1.0}}`;
    const { status, body } = await send('/events', text);
    expect(status).toBe(202);
    expect(body).toMatchObject({ received: true, event_id: expect.any(String) });
    const { rows } = await api.pool.query('select target from deliveries where signal_id = $1', [
      body.signal_id,
    ]);
    const targets = rows.map(({ target }) => target);
    expect(targets).toEqual(expect.arrayContaining(taking.map(({ id }) => id)));
    expect(body.deliveries).toBe(targets.length);
    expect((await bodyOf(body.signal_id)).toString()).toBe(text);
  });

  test('a subscription counts from the moment it was answered, and no longer when it is gone', async () => {
    const type = `fresh.${randomUUID()}`;
    const others = (await publish({ type, data: 1 })).body.deliveries;
    const { id } = await subscribe({ event_types: [type] });
    expect((await publish({ type, data: 2 })).body.deliveries).toBe(others + 1);
    await request(api.url)
      .patch(`/subscriptions/${id}`)
      .send({ event_types: ['other'] });
    expect((await publish({ type, data: 3 })).body.deliveries).toBe(others);
  });

  test('its id, or the key of its request, makes it one', async () => {
    const event = { type: 'x', data: 1, id: randomUUID() };
    expect((await publish(event)).body).toMatchObject({ event_id: event.id });
    const again = await publish(event);
    expect([again.status, again.body]).toEqual([
      200,
      { received: true, deduped: true, event_id: event.id, signal_id: expect.any(String) },
    ]);
    expect((await publish({ ...event, data: 2 })).status).toBe(409);
    const key = { 'idempotency-key': randomUUID() };
    expect((await publish({ type: 'x', data: 1 }, key)).status).toBe(202);
    expect((await publish({ type: 'x', data: 1 }, key)).status).toBe(200);
    expect((await publish({ type: 'x', data: 2 }, key)).status).toBe(409);
  });

  test.each([
    [{ data: 1 }, 'type'],
    [{ type: 'a b', data: 1 }, 'type'],
    [{ type: 'x' }, 'data'],
    [{ type: 'x', data: 1, id: 7 }, 'id'],
  ])('%j is answered 400 and says what is wrong', async (event, path) => {
    const { status, body } = await publish(event);
    expect([status, body.errors[0].path]).toEqual([400, path]);
  });
});

test.each([
  { types: [], type: 'signalbox.test' },
  { types: ['order.*'], type: 'order.test' },
  { types: ['order.created'], type: 'order.created' },
])('a test of a subscription to $types is a $type, marked, and gets through', async ({ types, type }) => {
  const { id } = await subscribe({ event_types: types });
  const { status, body } = await request(api.url).post(`/subscriptions/${id}/test`).send();
  expect([status, body.skipped]).toEqual([202, undefined]);
  const signal = await request(api.url).get(`/signals/${body.signal_id}`);
  expect(signal.body).toMatchObject({
    event_type: type,
    test_mode: true,
    raw: { type, data: { message: expect.any(String) } },
  });
  expect((await request(api.url).post(`/subscriptions/${randomUUID()}/test`)).status).toBe(404);
});

test('any body at the doors is answered, and never with a 5xx', async () => {
  const { id } = await subscribe({ filter: { a: { $gt: 1 } } });
  const bytes = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify({ type: 'x', data: value })),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom(`/ingest/${id}`, '/events'), async (text, path) => {
      expect((await send(path, text)).status).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
});

import { randomUUID } from 'node:crypto';
import { type DeliveryStatus, newId, onCall } from '@signalbox/domain';
import { leaseDeliveries, recordAttempts, storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import { connectWorker, DeadLetter, type DeliveryQueue, enqueueOwn, openQueue, work } from '@signalbox/redis';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
let queue: DeliveryQueue;

beforeAll(async () => {
  api = await startApi();
  queue = openQueue(api.redis, 'notification');
  await queue.waitUntilReady();
});

afterAll(async () => {
  await queue.close();
  await api.stop();
});

const get = (path: string) => request(api.url).get(path);
const post = (path: string, body?: object) => request(api.url).post(path).send(body);
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);

interface Wanted {
  status?: DeliveryStatus;
  channel?: string;
  target?: string;
  count?: number;
}

/** Deliveries that have come so far; their ids, oldest first. */
async function owe({ status = 'pending', channel = 'notification', target, count = 1 }: Wanted = {}) {
  const targets = Array.from({ length: count }, () => ({ ...onCall, channel, target: target ?? newId() }));
  const stored = await storeSignals(
    api.pool,
    targets.map((one) => newSignal({}, [one])),
  );
  const owed = stored.map((signal) => signal.owed[0]?.id as string).toSorted();
  const ended = status !== 'pending' && status !== 'held';
  await api.pool.query(
    `update deliveries set status = $2, last_error = $3, completed_at = case when $4 then now() end where id = any($1)`,
    [owed, status, status === 'delivered' ? null : 'timeout', ended],
  );
  return owed;
}

async function oweOne(wanted: Wanted = {}) {
  return (await owe(wanted))[0] as string;
}

describe('lists', () => {
  const subscription = newId();

  beforeAll(async () => {
    await owe({ count: 3 });
    await owe({ status: 'failed', count: 4, channel: 'webhook', target: subscription });
    await owe({ status: 'delivered', count: 3, channel: 'webhook', target: subscription });
    await owe({ status: 'failed', count: 2, channel: 'webhook', target: newId() });
    await owe({ status: 'held', channel: 'pagerduty' });
  });

  test.each([
    ['', 13],
    ['status=failed', 6],
    ['status=held', 1],
    ['channel=webhook', 9],
    ['channel=webhook&status=delivered', 3],
    [`subscription_id=${subscription}`, 7],
    [`subscription_id=${subscription.toUpperCase()}&status=failed`, 4],
    [`subscription_id=${subscription}&channel=notification`, 0],
    [`subscription_id=${newId()}`, 0],
    ['since=2020-01-01T00:00:00Z&until=2099-01-01T00:00:00%2B01:00', 13],
    ['status=failed&until=2020-01-01T00:00:00Z', 0],
    ['since=2099-01-01T00:00:00Z', 0],
  ])('GET /deliveries?%s: %i, newest first, in pages', async (query, count) => {
    const all = await get(`/deliveries?${query}`);
    expect(all.status).toBe(200);
    expect(all.body.next_cursor).toBeNull();
    const found = ids(all.body.data);
    expect(found).toHaveLength(count);
    expect(found).toEqual(found.toSorted().toReversed());

    const seen = [];
    for (let cursor = ''; ; ) {
      const page = await get(`/deliveries?${query}&limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...ids(page.body.data));
      cursor = page.body.next_cursor;
      if (!cursor) break;
    }
    expect(seen).toEqual(found);
  });

  test('a delivery says where it goes, what it waited for and what made it necessary', async () => {
    const { body } = await get('/deliveries?channel=webhook&limit=1');
    expect(body.data[0]).toEqual({
      id: expect.any(String),
      signal_id: expect.any(String),
      revision: 1,
      channel: 'webhook',
      target: expect.any(String),
      target_user_id: null,
      subscription_id: body.data[0].target,
      status: 'failed',
      attempts_made: 0,
      max_attempts: 6,
      next_attempt_at: null,
      not_before: null,
      created_at: expect.any(String),
      completed_at: expect.any(String),
      last_error: 'timeout',
      fallback_of: null,
    });
    const one = await get(`/deliveries/${body.data[0].id}`);
    expect(one.body).toEqual({ ...body.data[0], target_url: null, attempts: [] });
  });

  test('a signal’s deliveries are filtered by status and time', async () => {
    const { body } = await get('/deliveries?status=held');
    const { signal_id: signalId, id } = body.data[0];
    const of = async (query: string) =>
      ids((await get(`/signals/${signalId}/deliveries?${query}`)).body.data);
    expect(await of('status=held&since=2020-01-01T00:00:00Z')).toEqual([id]);
    expect(await of('status=pending')).toEqual([]);
    expect(await of('until=2020-01-01T00:00:00Z')).toEqual([]);
    expect((await get(`/signals/${signalId}/deliveries?status=lost`)).status).toBe(400);
  });

  test.each([
    ['status=lost', 'status'],
    ['status=failed&status=held', 'status'],
    ['channel=pigeon', 'channel'],
    ['subscription_id=7', 'subscription_id'],
    ['since=yesterday', 'since'],
    ['until=2024-01-15', 'until'],
    ['limit=501', 'limit'],
    ['cursor=MQ', 'cursor'],
  ])('GET /deliveries?%s → 400 that names %s', async (query, path) => {
    const answer = await get(`/deliveries?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ path, message: expect.stringMatching(/^must be/) }]);
  });
});

describe('replaying one', () => {
  test.each(['delivered', 'failed', 'refused', 'skipped', 'canceled'] as const)(
    'a delivery that is %s has one more attempt and a job that is due',
    async (status) => {
      const id = await oweOne({ status });
      const answer = await post(`/deliveries/${id}/replay`);
      expect(answer.status).toBe(202);
      expect(answer.body).toEqual({ replayed: 1, delivery_id: id });
      expect((await get(`/deliveries/${id}`)).body).toMatchObject({
        status: 'pending',
        max_attempts: 1,
        last_error: null,
        completed_at: null,
      });
      const job = await queue.getJob(`d-${id}`);
      expect(job?.data).toEqual({ deliveries: [id], correlation_ids: ['request-1'] });
      expect(await job?.getState()).toBe('waiting');
    },
  );

  test.each([
    ['pending', 'is going to be sent anyway'],
    ['held', 'when its subscription is enabled again'],
  ] as const)('one that is %s → 409 that says why', async (status, why) => {
    const answer = await post(`/deliveries/${await oweOne({ status })}/replay`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ reason: 'not_ended', detail: expect.stringContaining(why) });
  });

  test('a dead letter makes room, and so does a job that still waits', async () => {
    const [dead, waiting] = (await owe({ status: 'failed', count: 2 })) as [string, string];
    const job = { correlationId: 'before', attempts: 1 };
    await enqueueOwn(queue, [{ ...job, id: dead, delayMs: 0 }]);
    await bury(dead);
    await enqueueOwn(queue, [{ ...job, id: waiting, delayMs: 3_600_000 }]);
    for (const id of [dead, waiting]) {
      await post(`/deliveries/${id}/replay`);
      const renewed = await queue.getJob(`d-${id}`);
      expect(renewed?.data.correlation_ids).toEqual(['request-1']);
      expect(await renewed?.getState()).toBe('waiting');
    }
    expect(await queue.getFailedCount()).toBe(0);
  });

  test('unknown → 404', async () => {
    expect((await post(`/deliveries/${randomUUID()}/replay`)).status).toBe(404);
    expect((await post('/deliveries/nonsense/replay')).status).toBe(404);
  });

  /** Lets all jobs that wait fail for good, among them that of this delivery. */
  async function bury(id: string) {
    const { host, port, db } = api.redis.options;
    const connection = connectWorker(`redis://${host}:${port}/${db}`, () => undefined);
    const worker = work(connection, 'notification', 1, ({ data }) =>
      data.deliveries.includes(id) ? Promise.reject(new DeadLetter('timeout')) : Promise.resolve(),
    );
    while ((await queue.getFailedCount()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await worker.close();
    connection.disconnect();
  }
});

describe('replaying many', () => {
  const subscription = newId();
  const replayAll = (filter: object, cursor?: string) =>
    post('/deliveries/replay', { filter, ...(cursor && { cursor }) });
  const due = async (owed: string[]) => {
    const { rows } = await api.pool.query<{ id: string; status: string; at: Date; queued_at: Date }>(
      'select id, status, next_attempt_at as at, queued_at from deliveries where id = any($1) order by id',
      [owed],
    );
    return rows;
  };

  test('those that did not arrive are due 5 ms after one another, each with a job for then', async () => {
    const owed = await owe({ status: 'failed', count: 12, target: subscription, channel: 'webhook' });
    const arrived = await oweOne({ status: 'delivered', target: subscription, channel: 'webhook' });
    const answer = await replayAll({ subscription_id: subscription });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ replayed: 12 });
    const rows = await due(owed);
    const times = rows.map(({ at }) => at.getTime());
    for (const [n, at] of times.entries())
      expect(Math.abs(at - (times[0] ?? 0) - 5 * n)).toBeLessThanOrEqual(1);
    expect((await due([arrived]))[0]?.status).toBe('delivered');

    const webhooks = openQueue(api.redis, 'webhook');
    while ((await webhooks.count()) < owed.length) await new Promise((resolve) => setTimeout(resolve, 10));
    const jobs = await webhooks.getJobs(['delayed', 'waiting']);
    expect(jobs.map(({ id }) => String(id)).toSorted()).toEqual(owed.map((id) => `d-${id}`));
    for (const job of jobs) {
      const at = rows.find(({ id }) => job.id === `d-${id}`)?.at.getTime() ?? 0;
      expect(Math.abs(job.timestamp + job.delay - at)).toBeLessThan(500);
    }
    await webhooks.close();
  });

  test('with a status, those; delivered ones too', async () => {
    const [since] = [new Date().toISOString()];
    const owed = await owe({ status: 'delivered', count: 3, channel: 'pagerduty' });
    await owe({ status: 'failed', count: 2, channel: 'pagerduty' });
    const answer = await replayAll({ status: 'delivered', channel: 'pagerduty', since });
    expect(answer.body).toEqual({ replayed: 3 });
    expect((await due(owed)).map(({ status }) => status)).toEqual(['pending', 'pending', 'pending']);
    expect((await replayAll({ status: 'delivered', channel: 'pagerduty', since })).body).toEqual({
      replayed: 0,
    });
  });

  test('of more than 10,000 the oldest 10,000, and a cursor that leads to the rest', async () => {
    const target = newId();
    await api.pool.query(
      `with s as (
         insert into signals (id, source, dedupe_key, event_id, event_type, kind, severity, service, summary,
           started_at, raw, correlation_id)
         select gen_random_uuid(), 'test', 'many-' || n, 'e', 'e', 'event', 'info', 's', 's', now(), '{}', 'c'
         from generate_series(1, 10050) n returning id
       )
       insert into deliveries (id, signal_id, revision, channel, target, status, max_attempts)
       select gen_random_uuid(), id, 1, 'webhook', $1, 'failed', 6 from s`,
      [target],
    );
    const first = await replayAll({ subscription_id: target });
    expect(first.body).toEqual({ replayed: 10_000, remaining: true, next_cursor: expect.any(String) });
    const left = ids((await get(`/deliveries?subscription_id=${target}&status=failed`)).body.data);
    expect(left).toHaveLength(50);
    // They have failed again meanwhile; who follows the cursor does not replay them for ever.
    await api.pool.query(`update deliveries set status = 'failed' where target = $1`, [target]);
    const second = await replayAll({ subscription_id: target }, first.body.next_cursor);
    expect(second.body).toEqual({ replayed: 50 });
    expect((await due(left)).map(({ status }) => status)).toEqual(Array(50).fill('pending'));
  });

  test.each([
    [{}, 'filter', 'must be an object'],
    [{ filter: {} }, 'filter', 'must have a subscription_id, a status or a since'],
    [{ filter: { channel: 'webhook' } }, 'filter', 'must have a subscription_id, a status or a since'],
    [{ filter: { status: 'pending' } }, 'filter.status', 'must be one of delivered, failed'],
    [{ filter: { status: 'failed', sinse: 'x' } }, 'filter.sinse', 'is not a field here'],
    [{ filter: { since: 'yesterday' } }, 'filter.since', 'must be a time like'],
    [{ filter: { subscription_id: 'x' } }, 'filter.subscription_id', 'must be the id of a subscription'],
    [{ filter: { status: 'failed' }, cursor: 'x' }, 'cursor', 'must be the next_cursor'],
    [[], '', 'must be an object such as'],
  ])('%j → 422: %s %s', async (body, path, message) => {
    const answer = await post('/deliveries/replay', body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ path, message: expect.stringContaining(message) }]);
  });
});

describe('canceling', () => {
  test.each(['pending', 'held'] as const)('one that is %s ends, without a job', async (status) => {
    const id = await oweOne({ status });
    await enqueueOwn(queue, [{ id, correlationId: 'x', delayMs: 60_000, attempts: 1 }]);
    const answer = await post(`/deliveries/${id}/cancel`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, status: 'canceled', last_error: 'by_operator', attempts: [] });
    expect(answer.body.completed_at).not.toBeNull();
    expect(answer.body).toEqual((await get(`/deliveries/${id}`)).body);
    expect(await queue.getJob(`d-${id}`)).toBeUndefined();
    expect(await leaseDeliveries(api.pool, [id], 1_000)).toEqual([null]);
  });

  test.each(['delivered', 'failed', 'refused', 'skipped', 'canceled'] as const)(
    'one that is %s → 409 that says so',
    async (status) => {
      const answer = await post(`/deliveries/${await oweOne({ status })}/cancel`);
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({ reason: 'has_ended', detail: expect.stringContaining(status) });
    },
  );

  test('unknown → 404', async () => {
    expect((await post(`/deliveries/${randomUUID()}/cancel`)).status).toBe(404);
  });

  test('it is canceled or sent, whoever comes first, and what was sent is on record', async () => {
    const owed = await owe({ count: 30 });
    const [answers, leased] = await Promise.all([
      Promise.all(owed.map((id) => post(`/deliveries/${id}/cancel`))),
      Promise.all(owed.map((id) => leaseDeliveries(api.pool, [id], 5_000))),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const sent = leased.flat().filter((delivery) => delivery !== null);
    await recordAttempts(
      api.pool,
      sent.map(({ id }) => arrived(id)),
    );
    for (const id of owed) {
      const { body } = await get(`/deliveries/${id}`);
      const wasSent = sent.some((delivery) => delivery.id === id);
      expect(body.status).toBe(wasSent ? 'delivered' : 'canceled');
      expect(body.attempts).toHaveLength(wasSent ? 1 : 0);
    }
  });
});

function arrived(deliveryId: string) {
  return {
    deliveryId,
    attempt: 1,
    attemptedAt: new Date(),
    outcome: 'success',
    statusCode: 204,
    error: null,
    durationMs: 5,
    targetUrl: 'http://x/',
    responseExcerpt: null,
    status: 'delivered',
    delayMs: null,
  } as const;
}

test('without Redis all of it is answered, and promised', async () => {
  const alone = await startApi({ REDIS_URL: 'redis://127.0.0.1:1/0' });
  try {
    const [signal] = await storeSignals(alone.pool, [newSignal()]);
    const id = signal?.owed[0]?.id as string;
    expect((await request(alone.url).post(`/deliveries/${id}/cancel`)).status).toBe(200);
    expect((await request(alone.url).post(`/deliveries/${id}/replay`)).status).toBe(202);
    expect((await request(alone.url).get(`/deliveries/${id}`)).body.status).toBe('pending');
    await request(alone.url).post(`/deliveries/${id}/cancel`);
    const many = await request(alone.url)
      .post('/deliveries/replay')
      .send({ filter: { status: 'canceled' } });
    expect(many.body).toEqual({ replayed: 1 });
  } finally {
    await alone.stop();
  }
});

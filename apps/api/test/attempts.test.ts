import { randomUUID } from 'node:crypto';
import { newId, onCall, type Reason } from '@signalbox/domain';
import { recordAttempts, storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import * as fc from 'fast-check';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

const get = (path: string) => request(api.url).get(path);

async function partner(): Promise<string> {
  const id = newId();
  await api.pool.query(`insert into partners (id, name) values ($1, 'someone')`, [id]);
  return id;
}

async function subscription(partnerId: string | null = null): Promise<string> {
  const id = newId();
  await api.pool.query(`insert into subscriptions (id, partner_id, url) values ($1, $2, 'http://x/')`, [
    id,
    partnerId,
  ]);
  return id;
}

interface Tried {
  durationMs: number;
  error: Reason | null;
  at: Date;
}

/** One attempt per delivery. */
async function tried(subscriptionId: string, attempts: readonly Tried[]): Promise<string[]> {
  const target = { ...onCall, channel: 'webhook', target: subscriptionId };
  const stored = await storeSignals(
    api.pool,
    attempts.map(() => newSignal({}, [target])),
  );
  const records = attempts.map(({ durationMs, error, at }, n) => ({
    deliveryId: stored[n]?.owed[0]?.id as string,
    attempt: 1,
    attemptedAt: at,
    outcome: error ? ('failure' as const) : ('success' as const),
    statusCode: error ? 500 : 200,
    error,
    durationMs,
    targetUrl: 'http://x/',
    responseExcerpt: 'hello',
    status: error ? ('failed' as const) : ('delivered' as const),
    delayMs: null,
  }));
  await recordAttempts(api.pool, records);
  return records.map(({ deliveryId }) => deliveryId);
}

const ago = (ms: number) => new Date(Date.now() - ms);
const minuteMs = 60_000;

describe('GET /subscriptions/{id}/attempts', () => {
  const success = { durationMs: 12, error: null };

  test('the latest 20, newest first, each with its delivery and its signal', async () => {
    const id = await subscription();
    const deliveries = await tried(
      id,
      Array.from({ length: 25 }, (_, n) => ({ ...success, at: ago(n * minuteMs) })),
    );
    const { body } = await get(`/subscriptions/${id}/attempts`);
    expect(body.data.map((row: { delivery_id: string }) => row.delivery_id)).toEqual(deliveries.slice(0, 20));
    const signal = await get(`/deliveries/${deliveries[0]}`);
    expect(body.data[0]).toEqual({
      delivery_id: deliveries[0],
      signal_id: signal.body.signal_id,
      attempt: 1,
      attempted_at: expect.any(String),
      outcome: 'success',
      status_code: 200,
      error: null,
      duration_ms: 12,
      target_url: 'http://x/',
      response_excerpt: 'hello',
    });

    await tried(id, [{ ...success, at: new Date() }]);
    const rest = await get(`/subscriptions/${id}/attempts?limit=500&cursor=${body.next_cursor}`);
    expect(rest.body.data.map((row: { delivery_id: string }) => row.delivery_id)).toEqual(
      deliveries.slice(20),
    );
    expect(rest.body.next_cursor).toBeNull();
  });

  test('none yet: an empty list; unknown: 404; deleted: as long as they are kept', async () => {
    const id = await subscription();
    expect((await get(`/subscriptions/${id}/attempts`)).body).toEqual({ data: [], next_cursor: null });
    expect((await get(`/subscriptions/${randomUUID()}/attempts`)).status).toBe(404);
    expect((await get('/subscriptions/nonsense/attempts')).status).toBe(404);
    await tried(id, [{ ...success, at: new Date() }]);
    await api.pool.query('delete from subscriptions where id = $1', [id]);
    expect((await get(`/subscriptions/${id}/attempts`)).body.data).toHaveLength(1);
  });

  test.each([
    'limit=0',
    'limit=501',
    'cursor=x',
    `cursor=1.${randomUUID()}`,
    'cursor=1.------------------------------------.1',
    'cursor=9999999999999999.01a1fc2d-0d83-7001-902a-439242d55013.1',
  ])('?%s → 400', async (query) => {
    expect((await get(`/subscriptions/${await subscription()}/attempts?${query}`)).status).toBe(400);
  });
});

describe('statistics', () => {
  /** The shortest duration that so many of 100 attempts do not exceed. */
  function percentile(percent: number, attempts: readonly Tried[]): number {
    const ascending = attempts.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
    return ascending[Math.ceil((percent * ascending.length) / 100) - 1] ?? Number.NaN;
  }

  function expectStats(body: Record<string, unknown>, attempts: readonly Tried[]): void {
    const failed = attempts.filter(({ error }) => error).length;
    expect(body).toMatchObject({
      attempts: attempts.length,
      delivered: attempts.length - failed,
      failed,
      error_rate: failed / attempts.length,
    });
    const latency = body.latency_ms as Record<string, number>;
    for (const percent of [50, 95, 99]) {
      const exact = percentile(percent, attempts);
      const told = latency[`p${percent}`] ?? Number.NaN;
      expect(Math.abs(told - exact)).toBeLessThanOrEqual(Math.max(1, 0.091 * exact + 0.05));
    }
    const series = body.series as { attempts: number; failed: number }[];
    expect(series.reduce((sum, point) => sum + point.attempts, 0)).toBe(attempts.length);
    expect(series.reduce((sum, point) => sum + point.failed, 0)).toBe(failed);
  }

  const attempts = fc.array(
    fc.record({
      durationMs: fc.double({ min: 0, max: 10, noNaN: true }).map((power) => Math.E ** power),
      error: fc.option(fc.constantFrom<Reason>('timeout', 'server_error'), { freq: 4 }),
      at: fc.integer({ min: 0, max: 55 * minuteMs }).map(ago),
    }),
    { minLength: 1, maxLength: 200 },
  );

  test('those of a subscription and of its partner are those of the attempts, durations to 9 %', async () => {
    await fc.assert(
      fc.asyncProperty(attempts, attempts, async (some, others) => {
        const partnerId = await partner();
        const [one, two] = [await subscription(partnerId), await subscription(partnerId)];
        await tried(one, some);
        await tried(two, others);
        expectStats((await get(`/subscriptions/${one}/stats`)).body, some);
        expectStats((await get(`/partners/${partnerId}/stats?window=1h`)).body, [...some, ...others]);
        expectStats((await get(`/partners/${partnerId}/stats?window=7d`)).body, [...some, ...others]);
      }),
      { numRuns: 15 },
    );
  });

  test('what was before the window does not count', async () => {
    const id = await subscription();
    const attempt = { durationMs: 10, error: null };
    await tried(id, [
      { ...attempt, at: ago(4 * minuteMs) },
      { ...attempt, at: ago(7 * minuteMs), error: 'timeout' },
    ]);
    const { body } = await get(`/subscriptions/${id}/stats?window=5m`);
    expect(body).toMatchObject({ attempts: 1, failed: 0, reasons: {} });
    const wider = await get(`/subscriptions/${id}/stats?window=10m`);
    expect(wider.body).toMatchObject({ attempts: 2, failed: 1, reasons: { timeout: 1 } });
  });

  test('nothing was tried: zeros', async () => {
    const { body } = await get(`/partners/${await partner()}/stats`);
    expect(body).toMatchObject({ attempts: 0, error_rate: 0, latency_ms: { p50: null } });
    expect(body.series).toHaveLength(61);
  });

  test.each(['5m', '1h', '3600s', '6h', '24h', '72h', '3d', '7d'])(
    'window=%s is a window',
    async (window) => {
      const answer = await get(`/subscriptions/${await subscription()}/stats?window=${window}`);
      expect(answer.status).toBe(200);
      expect(answer.body.series.length).toBeLessThanOrEqual(120);
    },
  );

  test.each(['4m', '8d', '169h', '1w', '1', '', 'constructor', '1h&window=2h'])(
    'window=%s → 400 that says what would be one',
    async (window) => {
      const answer = await get(`/subscriptions/${await subscription()}/stats?window=${window}`);
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toEqual([
        { path: 'window', message: 'must be a duration from 5m to 7d, such as 1h' },
      ]);
    },
  );

  test('unknown → 404', async () => {
    expect((await get(`/subscriptions/${await partner()}/stats`)).status).toBe(404);
    expect((await get(`/partners/${await subscription()}/stats`)).status).toBe(404);
    expect((await get('/partners/nonsense/stats')).status).toBe(404);
  });
});

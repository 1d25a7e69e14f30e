import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

const call = (method: Method, path: string, body?: object) => request(api.url)[method](path).send(body);
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const uuid7 = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
const url = 'https://receiver.example/hook';

const defaults = {
  allow_http: false,
  partner_id: null,
  description: null,
  event_types: [],
  filter: null,
  transform: null,
  rate_limit: null,
  max_in_flight: 10,
  timeout_seconds: 10,
  retry_schedule: null,
  headers: {},
  hub_signature: false,
  enabled: true,
  disabled_reason: null,
  has_ingest_secret: false,
  secret_expires_at: null,
  created_at: isoTime,
  updated_at: isoTime,
};
const everything = {
  url: 'http://127.0.0.1:9000/hook?token=a%20b',
  allow_http: true,
  description: 'Orders, for the warehouse (店)',
  event_types: ['order.*', 'refund.created'],
  filter: { z: { $gt: 1 }, 'customer.country': { $in: ['FR', '\0', '\ud800'] }, a: null },
  transform: { omit: ['customer.email'], rename: { total: 'amount', amount: 'net' } },
  rate_limit: { limit: 10_000, period_seconds: 86_400 },
  max_in_flight: 100,
  timeout_seconds: 30,
  retry_schedule: ['1s', '90s', '5m', '24h'],
  headers: { authorization: 'Bearer x' },
  hub_signature: true,
};
/** The values of headers are secrets. */
const shownEverything = { ...everything, headers: { authorization: '***' } };

async function newPartner(): Promise<string> {
  const { status, body } = await call('post', '/partners', { name: 'Acme' });
  expect(status).toBe(201);
  return body.id;
}

async function newSubscription(told: object = {}): Promise<string> {
  const { status, body } = await call('post', '/subscriptions', { url, ...told });
  expect([status, body]).toMatchObject([201, { id: uuid7 }]);
  return body.id;
}

async function shown(id: string) {
  const { status, body } = await call('get', `/subscriptions/${id}`);
  expect(status).toBe(200);
  return body;
}

/** The ids of a list, `limit` at a time. */
async function pages(path: string, limit: number): Promise<string[][]> {
  const ids: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await call('get', `${path}limit=${limit}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    ids.push(body.data.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor;
  }
  return ids;
}

describe('partners', () => {
  test('are made, read, renamed, removed', async () => {
    const made = await call('post', '/partners', { name: 'Zoë 店' });
    const partner = { id: uuid7, name: 'Zoë 店', created_at: isoTime, updated_at: isoTime };
    expect([made.status, made.body]).toEqual([201, partner]);
    const path = `/partners/${made.body.id}`;
    expect((await call('get', path)).body).toEqual(made.body);
    const renamed = await call('patch', path, { name: 'Acme' });
    expect([renamed.status, renamed.body]).toEqual([
      200,
      { ...made.body, name: 'Acme', updated_at: isoTime },
    ]);
    expect((await call('delete', path)).status).toBe(204);
    for (const method of ['get', 'patch', 'delete'] as const) {
      const gone = await call(method, path, method === 'patch' ? { name: 'x' } : undefined);
      expect([gone.status, gone.body.detail]).toEqual([404, `There is no partner ${made.body.id}.`]);
    }
  });

  test('are listed newest first, in pages', async () => {
    const ids = [await newPartner(), await newPartner(), await newPartner()];
    const listed = await pages('/partners?', 2);
    expect(listed.flat().slice(0, 3)).toEqual(ids.toReversed());
    expect(listed.length).toBeGreaterThan(1);
  });

  test('with subscriptions are not removed', async () => {
    const partner_id = await newPartner();
    const id = await newSubscription({ partner_id });
    const { status, body } = await call('delete', `/partners/${partner_id}`);
    expect([status, body.reason]).toEqual([409, 'has_subscriptions']);
    expect(body.detail).toContain(partner_id);
    await call('delete', `/subscriptions/${id}`);
    expect((await call('delete', `/partners/${partner_id}`)).status).toBe(204);
  });

  test.each([{}, { name: ' ' }, { name: 'Acme', id: randomUUID() }, []])('%j makes none', async (body) => {
    const answer = await call('post', '/partners', body);
    expect([answer.status, answer.body.reason]).toEqual([422, 'invalid_body']);
  });
});

describe('subscriptions', () => {
  test('need a URL only, and then have the defaults', async () => {
    const { status, body } = await call('post', '/subscriptions', { url });
    const { secret, ingest_secret, ...subscription } = body;
    expect([status, subscription]).toEqual([201, { id: uuid7, url, ...defaults }]);
    expect([secret, ingest_secret]).toEqual([expect.stringMatching(/^whsec_/), null]);
    expect(await shown(body.id)).toEqual(subscription);
  });

  test('come back as they were told', async () => {
    const partner_id = await newPartner();
    const id = await newSubscription({ ...everything, partner_id: partner_id.toUpperCase() });
    const subscription = await shown(id.toUpperCase());
    expect(subscription).toEqual({ ...defaults, ...shownEverything, id, partner_id });
    expect(Object.keys(subscription.filter)).toEqual(Object.keys(everything.filter));
  });

  test('show a wait in the largest unit that fits', async () => {
    const id = await newSubscription({ retry_schedule: ['1500ms', '2000ms', '60s', '120m', '90m'] });
    expect((await shown(id)).retry_schedule).toEqual(['1500ms', '2s', '1m', '2h', '90m']);
  });

  test.each(Object.entries(everything))('PATCH of %s changes that and nothing else', async (field, value) => {
    const id = await newSubscription();
    const before = await shown(id);
    const changed = await call('patch', `/subscriptions/${id}`, { [field]: value });
    const now = shownEverything[field as keyof typeof everything];
    expect([changed.status, changed.body]).toEqual([200, { ...before, [field]: now, updated_at: isoTime }]);
    expect(await shown(id)).toEqual(changed.body);
  });

  test.each(['partner_id', 'description', 'filter', 'transform', 'rate_limit', 'retry_schedule'])(
    '%s may be null again',
    async (field) => {
      const id = await newSubscription({ ...everything, partner_id: await newPartner() });
      const { body } = await call('patch', `/subscriptions/${id}`, { [field]: null });
      expect(body).toMatchObject({ ...shownEverything, [field]: null });
    },
  );

  test('are disabled by an operator, and enabled again without a trace', async () => {
    const id = await newSubscription({ enabled: false });
    expect(await shown(id)).toMatchObject({ enabled: false, disabled_reason: 'by_operator' });
    await api.pool.query(
      `update subscriptions set disabled_reason = 'failing', failing_since = now() where id = $1`,
      [id],
    );
    const on = await call('patch', `/subscriptions/${id}`, { enabled: true });
    expect(on.body).toMatchObject({ enabled: true, disabled_reason: null });
    const { rows } = await api.pool.query('select failing_since from subscriptions where id = $1', [id]);
    expect(rows).toEqual([{ failing_since: null }]);
    const off = await call('patch', `/subscriptions/${id}`, { enabled: false });
    expect(off.body).toMatchObject({ enabled: false, disabled_reason: 'by_operator' });
  });

  test('are removed', async () => {
    const id = await newSubscription();
    expect((await call('delete', `/subscriptions/${id.toUpperCase()}`)).status).toBe(204);
    expect((await call('get', `/subscriptions/${id}`)).status).toBe(404);
  });

  test.each(['not-a-uuid', randomUUID()])('that do not exist (%s) are 404', async (id) => {
    for (const [method, below] of [
      ['get', ''],
      ['patch', ''],
      ['delete', ''],
      ['post', '/rotate-secret'],
    ] as const) {
      const { status, body } = await call(method, `/subscriptions/${id}${below}`, {});
      expect([status, body.detail]).toEqual([404, `There is no subscription ${id}.`]);
    }
  });

  test('are listed newest first, by partner and by whether they are enabled, in pages', async () => {
    const partner_id = await newPartner();
    const [a, b, c] = [
      await newSubscription({ partner_id }),
      await newSubscription({ partner_id, enabled: false }),
      await newSubscription({ partner_id }),
    ];
    await newSubscription({ enabled: false });
    expect(await pages(`/subscriptions?partner_id=${partner_id}&`, 2)).toEqual([[c, b], [a]]);
    expect(await pages(`/subscriptions?partner_id=${partner_id}&enabled=true&`, 1)).toEqual([[c], [a], []]);
    expect(await pages(`/subscriptions?partner_id=${partner_id}&enabled=false&`, 50)).toEqual([[b]]);
    expect((await pages('/subscriptions?', 2)).flat()).toEqual(expect.arrayContaining([a, b, c]));
    const { body } = await call('get', `/subscriptions?partner_id=${partner_id}&limit=1`);
    expect(body.data[0]).toEqual(await shown(c));
  });

  test.each(['limit=0', 'cursor=x', 'partner_id=7', 'enabled=yes', 'enabled=true&enabled=false'])(
    'a list asked for with %s is 400',
    async (query) => {
      const { status, body } = await call('get', `/subscriptions?${query}`);
      expect([status, body.errors]).toMatchObject([400, [{ path: query.split('=')[0] }]]);
    },
  );
});

describe('a wrong subscription is refused, and told where and what would be right', () => {
  const http = 'http or https URL';
  test.each<[string, object, string, string]>([
    ['no URL', { url: undefined }, 'url', http],
    ['another scheme', { url: 'ftp://receiver.example' }, 'url', http],
    ['a URL without a host', { url: 'https://' }, 'url', http],
    ['a URL without slashes', { url: 'https:receiver.example' }, 'url', http],
    ['a URL with a space', { url: `${url}/a b` }, 'url', http],
    ['a URL with a line break', { url: `${url}\n` }, 'url', http],
    ['a URL with NUL', { url: `${url}\0` }, 'url', http],
    ['a URL with half a character', { url: `${url}\ud800` }, 'url', http],
    ['a URL with a user', { url: 'https://ana@receiver.example' }, 'url', 'without a user'],
    ['a URL with a password', { url: 'https://:pass@receiver.example' }, 'url', 'without a user'],
    ['a long URL', { url: `https://x.example/${'x'.repeat(2_032)}` }, 'url', '2,048'],
    ['a partner by name', { partner_id: 'acme' }, 'partner_id', 'id of a partner'],
    ['an unknown partner', { partner_id: randomUUID() }, 'partner_id', 'no such partner'],
    ['a long description', { description: 'x'.repeat(501) }, 'description', '500'],
    ['a description with NUL', { description: '\0' }, 'description', 'control characters'],
    ['one event type', { event_types: 'order.*' }, 'event_types', 'a list'],
    ['101 event types', { event_types: Array(101).fill('x') }, 'event_types', '100'],
    ['a wrong event type', { event_types: ['x', 'order*'] }, 'event_types.1', 'order.*'],
    ['a filter that is none', { filter: [] }, 'filter', 'must be an object'],
    ['a wrong operator', { filter: { amount: { $more: 1 } } }, 'filter.amount.$more', '$gt'],
    ['a transform that is none', { transform: {} }, 'transform', 'omit'],
    ['a wrong path', { transform: { omit: ['a..b'] } }, 'transform.omit.0', 'a name'],
    ['a rate limit in words', { rate_limit: '10/s' }, 'rate_limit', 'limit and period_seconds'],
    ['half a rate limit', { rate_limit: { limit: 1 } }, 'rate_limit.period_seconds', '1 to 86400'],
    ['no rate', { rate_limit: { limit: 0, period_seconds: 1 } }, 'rate_limit.limit', '1 to 10000'],
    ['none in flight', { max_in_flight: 0 }, 'max_in_flight', '1 to 100'],
    ['a short timeout', { timeout_seconds: 4 }, 'timeout_seconds', '5 to 30'],
    ['a long timeout', { timeout_seconds: 31 }, 'timeout_seconds', '5 to 30'],
    ['a fraction of a second', { timeout_seconds: 7.5 }, 'timeout_seconds', 'whole'],
    ['a schedule in seconds', { retry_schedule: [10] }, 'retry_schedule.0', '10s'],
    ['a short wait', { retry_schedule: ['1s', '999ms'] }, 'retry_schedule.1', '1s to 24h'],
    ['a long wait', { retry_schedule: ['25h'] }, 'retry_schedule.0', '1s to 24h'],
    ['21 waits', { retry_schedule: Array(21).fill('1s') }, 'retry_schedule', 'at most 20'],
    ['a header of ours', { headers: { 'Webhook-Id': 'x' } }, 'headers.Webhook-Id', 'sets it itself'],
    ['leave in words', { allow_http: 'yes' }, 'allow_http', 'true or false'],
    ['a flag in words', { hub_signature: 'yes' }, 'hub_signature', 'true or false'],
    ['enabled as null', { enabled: null }, 'enabled', 'true or false'],
    ['a misspelt field', { event_type: [] }, 'event_type', 'misspelt'],
    ['a field that is only shown', { disabled_reason: 'gone' }, 'disabled_reason', 'not a field'],
  ])('%s', async (_, wrong, path, message) => {
    const errors = [{ path, message: expect.stringContaining(message) }];
    const posted = await call('post', '/subscriptions', { url, ...wrong });
    expect([posted.status, posted.body]).toMatchObject([422, { reason: 'invalid_body', errors }]);
    if ('url' in wrong && wrong.url === undefined) return;
    const id = await newSubscription();
    const before = await shown(id);
    const patched = await call('patch', `/subscriptions/${id}`, wrong);
    expect([patched.status, patched.body]).toMatchObject([422, { errors }]);
    expect(await shown(id)).toEqual(before);
  });

  test('at the limits they are taken', async () => {
    await newSubscription({
      url: `https://x.example/${'x'.repeat(2_030)}`,
      description: 'x'.repeat(500),
      event_types: Array(100).fill('x'),
      rate_limit: { limit: 1, period_seconds: 1 },
      max_in_flight: 1,
      timeout_seconds: 5,
      retry_schedule: Array(20).fill('24h'),
    });
    await newSubscription({ retry_schedule: [], filter: {} });
  });

  test('malformed JSON is 400, another content type 415, too large a body 413', async () => {
    const send = (type: string, body: string) =>
      request(api.url).post('/subscriptions').set('content-type', type).send(body);
    expect((await send('application/json', '{"url":')).body.reason).toBe('malformed_json');
    expect((await send('text/plain', `{"url":"${url}"}`)).status).toBe(415);
    expect((await send('application/json', `{"url":"${'x'.repeat(300_000)}"}`)).status).toBe(413);
  });
});

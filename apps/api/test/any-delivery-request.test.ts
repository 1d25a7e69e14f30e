import { randomUUID } from 'node:crypto';
import { deliveryStatuses, onCall } from '@signalbox/domain';
import { storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import * as fc from 'fast-check';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
let delivery = '';
const subscription = randomUUID();
const partner = randomUUID();

beforeAll(async () => {
  api = await startApi();
  const target = { ...onCall, channel: 'webhook', target: subscription };
  const [stored] = await storeSignals(api.pool, [newSignal({}, [target])]);
  delivery = stored?.owed[0]?.id as string;
  await api.pool.query(`insert into partners (id, name) values ($1, 'p')`, [partner]);
  await api.pool.query(`insert into subscriptions (id, url) values ($1, 'http://x/')`, [subscription]);
});

afterAll(() => api.stop());

/** Values that are right somewhere, or nearly. */
const tokens = fc.oneof(
  fc.constantFrom(...deliveryStatuses, 'webhook', 'notification', '5m', '7d', '1h', '99999999999h', '-1'),
  fc.constantFrom(
    '2024-01-15T10:40:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59+23:59',
    '2024-02-30T00:00:00Z',
    'a\0',
    '\ud800',
    '__proto__',
    '999999999999999.01a1fc2d-0d83-7001-902a-439242d55013.999999999',
    Buffer.from(randomUUID()).toString('base64url'),
    Buffer.from(randomUUID().toUpperCase()).toString('base64url'),
  ),
  fc.constant(subscription),
  fc.constant(subscription.toUpperCase()),
);
const names = fc.constantFrom(
  'status',
  'subscription_id',
  'channel',
  'since',
  'until',
  'limit',
  'cursor',
  'window',
);
const filter = fc.dictionary(
  names,
  fc.oneof({ arbitrary: tokens, weight: 6 }, { arbitrary: fc.jsonValue(), weight: 1 }),
  { maxKeys: 3 },
);
const bodies = fc.oneof(
  fc.json(),
  filter.map((value) => JSON.stringify({ filter: value })),
  fc.record({ filter, cursor: tokens }).map((value) => JSON.stringify(value)),
);
const queries = fc
  .array(fc.tuple(names, fc.oneof(tokens, fc.string({ unit: 'binary' }))), { maxLength: 3 })
  .map((pairs) => new URLSearchParams(pairs).toString());
const anyId = fc.oneof(
  fc.constantFrom('%00', 'nonsense', subscription, partner),
  fc.uuid(),
  fc.constant(null).map(() => delivery),
);
const requests = fc.oneof(
  fc.tuple(fc.constant('post' as const), fc.constant('/deliveries/replay')),
  fc.tuple(
    fc.constant('post' as const),
    fc.tuple(anyId, fc.constantFrom('replay', 'cancel')).map(([id, what]) => `/deliveries/${id}/${what}`),
  ),
  fc.tuple(
    fc.constant('get' as const),
    queries.map((query) => `/deliveries?${query}`),
  ),
  fc.tuple(
    fc.constant('get' as const),
    fc
      .tuple(
        fc.constantFrom(
          'subscriptions/$/attempts',
          'subscriptions/$/stats',
          'partners/$/stats',
          'deliveries/$',
        ),
        anyId,
        queries,
      )
      .map(([path, id, query]) => `/${path.replace('$', id)}?${query}`),
  ),
);

test('whatever is asked, no answer is a 5xx, and every refusal is a problem document', async () => {
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(requests, bodies, async ([method, path], body) => {
      const asked = request(api.url)[method](path);
      const answer = await (method === 'get'
        ? asked
        : asked.set('content-type', 'application/json').send(body));
      statuses.add(answer.status);
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400) expect(answer.type).toBe('application/problem+json');
    }),
    { numRuns: 1_000 },
  );
  expect([...statuses]).toEqual(expect.arrayContaining([200, 202, 400, 404, 409, 422]));
});

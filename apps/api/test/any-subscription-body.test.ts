import * as fc from 'fast-check';
import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;
let partner: string;
let subscription: string;

beforeAll(async () => {
  api = await startApi();
  const made = await request(api.url).post('/partners').send({ name: 'Acme' });
  partner = made.body.id;
  const { body } = await request(api.url).post('/subscriptions').send({ url: 'https://receiver.example' });
  subscription = body.id;
});

afterAll(() => api.stop());

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a\0', '\ud800', '__proto__', 'generate', 'order.*', 'x'.repeat(3_000)),
);
const json = fc.oneof(fc.jsonValue(), texts, fc.constantFrom(1e300, -0, null, { ['__proto__']: 1 }));
/** One of these, now and then something like them, or anything. */
const mostly = (right: readonly unknown[], nearly: fc.Arbitrary<unknown> = json) =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...right), weight: 20 },
    { arbitrary: nearly, weight: 2 },
    { arbitrary: json, weight: 1 },
  );

const paths = fc.oneof(fc.constantFrom('a', 'a.b', '__proto__', 'a.\0'), texts);
const operators = fc.constantFrom('$eq', '$gt', '$in', '$exists', '$or', '$and', '$not', '$startsWith');
const filter = fc.letrec((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    json,
    fc.dictionary(fc.oneof(paths, operators), tie('condition'), { maxKeys: 3 }),
    fc.array(tie('condition'), { maxLength: 3 }),
  ),
})).condition;
const transform = fc.oneof(
  fc.record({ omit: fc.array(paths, { maxLength: 3 }) }),
  fc.record({ rename: fc.dictionary(paths, texts, { maxKeys: 3 }) }),
  fc.record({ jsonata: fc.oneof(texts, fc.constantFrom('a.b', '{"a": b', '$sum(a)', '$', '\0')) }),
);

const matching = {
  event_types: mostly([[], ['order.*', 'a'], ['*']], fc.array(texts, { maxLength: 3 })),
  filter: mostly([null, { a: { $in: ['\0', '\ud800'] } }], filter),
  transform: mostly([null, { omit: ['__proto__'] }, { jsonata: 'a' }], transform),
};
const settings = {
  ...matching,
  partner_id: mostly([null], fc.uuid()),
  description: mostly([null, '店'], texts),
  rate_limit: mostly(
    [null, { limit: 1, period_seconds: 1 }],
    fc.record({ limit: json, period_seconds: json }),
  ),
  max_in_flight: mostly([1, 100], fc.integer()),
  timeout_seconds: mostly([5, 30], fc.double()),
  retry_schedule: mostly([null, ['1s', '24h', '1500ms']], fc.array(texts, { maxLength: 3 })),
  headers: mostly([{}, { 'X-A': 'b' }], fc.dictionary(texts, texts, { maxKeys: 3 })),
  hub_signature: mostly([true]),
  allow_http: mostly([true]),
  enabled: mostly([true, false]),
};
const some = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] });

const url = mostly(['https://x.example', 'http://[::1]:1/?a'], fc.oneof(fc.webUrl(), texts));
const secret = mostly(['generate', `whsec_${'a'.repeat(32)}`], texts);
const named = fc.record({ name: mostly(['Acme'], texts) });

const requests = fc.oneof(
  fc.tuple(fc.constantFrom('post /partners', 'patch /partners/{partner}'), named),
  fc.tuple(
    fc.constant('post /subscriptions'),
    fc.record({ url, secret, ingest_secret: secret, ...settings }, { requiredKeys: ['url'] }),
  ),
  fc.tuple(fc.constant('patch /subscriptions/{subscription}'), some(settings)),
  fc.tuple(
    fc.constant('post /subscriptions/{subscription}/rotate-secret'),
    some({ kind: mostly(['signing', 'ingest']), secret, overlap_seconds: mostly([0, 60]) }),
  ),
  fc.tuple(
    fc.constant('post /subscriptions/preview'),
    some({ sample: json, event_type: texts, ...matching }),
  ),
);
const mostRequests = fc.oneof(
  { arbitrary: requests, weight: 9 },
  {
    arbitrary: fc.tuple(
      requests.map(([door]) => door),
      json,
    ),
    weight: 1,
  },
);

test('whatever is sent, no answer is a 5xx, and every refusal is a problem document', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(mostRequests, async ([door, body]) => {
      const [method, path] = door.split(' ') as ['post' | 'patch', string];
      const to = path.replace('{partner}', partner).replace('{subscription}', subscription);
      const asked = request(api.url)[method](to);
      const answer = await asked.set('content-type', 'application/json').send(JSON.stringify(body));
      seen.add(`${door} ${answer.status}`);
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400) expect(answer.type).toBe('application/problem+json');
    }),
    { numRuns: 800 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'post /partners 201',
      'patch /partners/{partner} 200',
      'post /subscriptions 201',
      'post /subscriptions 422',
      'patch /subscriptions/{subscription} 200',
      'post /subscriptions/{subscription}/rotate-secret 200',
      'post /subscriptions/preview 200',
      'post /subscriptions/preview 422',
    ]),
  );
  const { status, body } = await request(api.url).get('/subscriptions?limit=500');
  expect([status, body.data.length > 1]).toEqual([200, true]);
});

test('whatever is asked for by address is there, or a problem document that is no 5xx', async () => {
  const ids = fc.oneof(
    fc.constantFrom('%00', '%E0%A4', '%ED%A0%80', 'x'.repeat(300)),
    fc.uuid(),
    texts.map(encode),
  );
  const places = fc.oneof(
    ids.map((id) => `/partners/${id}`),
    ids.map((id) => `/subscriptions/${id}`),
    fc
      .tuple(
        fc.constantFrom(
          'partners?',
          'subscriptions?partner_id=',
          'subscriptions?enabled=',
          'subscriptions?cursor=',
        ),
        ids,
      )
      .map(([list, id]) => `/${list}${id}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('get', 'delete', 'patch', 'post'), places, async (method, place) => {
      const answer = await request(api.url)[method](place).send({});
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400) expect(answer.type).toBe('application/problem+json');
    }),
    { numRuns: 200 },
  );

  function encode(text: string): string {
    return encodeURIComponent(text.toWellFormed());
  }
});

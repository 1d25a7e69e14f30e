import request from 'supertest';
import { type RunningApi, startApi } from './running-api.js';

let api: RunningApi;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.stop());

const post = (path: string, body: object) => request(api.url).post(path).send(body);
const preview = (body: object) => post('/subscriptions/preview', body);
const sample = { type: 'order.created', data: { total: 12.5, customer: { email: 'ana@example.com' } } };

describe('a preview', () => {
  test.each<[string, object, boolean]>([
    ['nothing asked for', {}, true],
    ['a filter that fits', { filter: { 'data.total': { $gt: 10 } } }, true],
    ['a filter that does not', { filter: { 'data.total': { $gt: 100 } } }, false],
    ['no filter', { filter: null, transform: null }, true],
    ['a type that fits', { event_types: ['order.*'], event_type: 'order.created' }, true],
    ['a type that does not', { event_types: ['refund.*'], event_type: 'order.created' }, false],
    ['types, but none of the sample', { event_types: ['refund.*'] }, true],
    ['any type', { event_type: 'order.created' }, true],
    [
      'a type that fits and a filter that does not',
      { event_types: ['order.*'], event_type: 'order.created', filter: { type: 'x' } },
      false,
    ],
  ])('says whether the sample matches: %s', async (_, asked, matches) => {
    const { status, body } = await preview({ sample, ...asked });
    expect([status, body]).toEqual([200, { matches, body: sample }]);
  });

  test.each<[string, object, unknown]>([
    ['omit', { omit: ['data.customer'] }, { type: 'order.created', data: { total: 12.5 } }],
    [
      'rename',
      { rename: { 'data.total': 'net' } },
      { type: 'order.created', data: { net: 12.5, customer: sample.data.customer } },
    ],
    [
      'jsonata',
      { jsonata: '{ "who": data.customer.email, "cents": data.total * 100 }' },
      { who: 'ana@example.com', cents: 1250 },
    ],
    ['jsonata that gives a text', { jsonata: '$uppercase(type)' }, 'ORDER.CREATED'],
  ])('shows what %s makes of it', async (_, transform, made) => {
    const { status, body } = await preview({ sample, transform });
    expect([status, body]).toEqual([200, { matches: true, body: made }]);
  });

  test('shows it also where the sample does not match', async () => {
    const { body } = await preview({ sample, filter: { type: 'x' }, transform: { jsonata: 'type' } });
    expect(body).toEqual({ matches: false, body: 'order.created' });
  });

  test.each([null, 0, '', [], [{ a: '\0\ud800' }]])('takes any JSON: %j', async (sample) => {
    const { status, body } = await preview({ sample });
    expect([status, body]).toEqual([200, { matches: true, body: sample }]);
  });

  test.each<[string, object, string, string]>([
    ['no sample', {}, 'sample', 'any JSON'],
    ['a wrong filter', { sample, filter: { a: { $more: 1 } } }, 'filter.a.$more', '$gt'],
    ['a wrong transform', { sample, transform: {} }, 'transform', 'jsonata'],
    [
      'jsonata that does not compile',
      { sample, transform: { jsonata: '{"a": ' } },
      'transform.jsonata',
      'character',
    ],
    ['a wrong event type', { sample, event_type: 'order created' }, 'event_type', 'order.created'],
    ['wrong event types', { sample, event_types: ['*.created'] }, 'event_types.0', 'order.*'],
    ['a misspelt field', { sample, filters: {} }, 'filters', 'misspelt'],
  ])('of %s is refused', async (_, asked, path, message) => {
    const { status, body } = await preview(asked);
    expect([status, body.errors]).toEqual([422, [{ path, message: expect.stringContaining(message) }]]);
  });

  test('of a sample without a bottom is refused', async () => {
    const deep = `{"sample":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const { status, body } = await request(api.url)
      .post('/subscriptions/preview')
      .set('content-type', 'application/json')
      .send(deep);
    expect([status, body.reason]).toEqual([400, 'too_deep']);
  });

  test.each([
    ['fails', '$number(type)', 'Unable to cast'],
    ['gives nothing', 'data.missing', 'gives nothing'],
    ['never ends', '($f := function($n) { $f($n + 1) }; $f(0))', 'longer than 1000 ms'],
  ])('tells that a transform %s', async (_, jsonata, why) => {
    const { status, body } = await preview({ sample, transform: { jsonata } });
    expect([status, body.reason]).toEqual([422, 'transform_failed']);
    expect(body.detail).toContain(why);
  });
});

describe('a transform of JSONata', () => {
  const url = 'https://receiver.example/hook';
  const wrong = { jsonata: '{"a": b.c ' };
  const errors = [
    { path: 'transform.jsonata', message: expect.stringMatching(/^does not compile: .+ \(character \d+\)$/) },
  ];

  test('is saved when it compiles', async () => {
    const transform = { jsonata: '{"a": b.c}' };
    const { status, body } = await post('/subscriptions', { url, transform });
    expect([status, body.transform]).toEqual([201, transform]);
  });

  test('is refused when it does not, and told where', async () => {
    const posted = await post('/subscriptions', { url, transform: wrong });
    expect([posted.status, posted.body.errors]).toEqual([422, errors]);
    const { body } = await post('/subscriptions', { url });
    const patched = await request(api.url).patch(`/subscriptions/${body.id}`).send({ transform: wrong });
    expect([patched.status, patched.body.errors]).toEqual([422, errors]);
    const { body: shown } = await request(api.url).get(`/subscriptions/${body.id}`);
    expect(shown.transform).toBeNull();
  });
});

import { createHmac } from 'node:crypto';
import type { Signal } from '@signalbox/domain';
import { isRejection, type Rejection } from './source.js';
import { stripe } from './stripe.js';

const secret = 'whsec_test_secret';
const signedAt = 1705315200;
const vector = '{"id":"evt_1abc","object":"event"}';
const vectorHeader = `t=${signedAt},v1=21498f233bfecbb979a0c0a7eb7b4289c4b01680aa380b40fc626d4169e8ee55`;

function inbound(body: unknown, signature?: string, receivedAt = signedAt) {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const headers = {
    'content-type': 'application/json',
    ...(signature === undefined ? {} : { 'stripe-signature': signature }),
  };
  return { bytes, headers, receivedAt: new Date(receivedAt * 1000) };
}

function verify(body: unknown, signature?: string, { secrets = secret, receivedAt = signedAt } = {}) {
  const settings = stripe.settings.parse({ STRIPE_WEBHOOK_SECRET: secrets });
  return stripe.verify(inbound(body, signature, receivedAt), settings);
}

function sign(body: string | Buffer, key = secret, time: number | string = signedAt): string {
  return `t=${time},v1=${createHmac('sha256', key).update(`${time}.`).update(body).digest('hex')}`;
}

const badSignature = { status: 400, reason: 'bad_signature' };

describe('verify', () => {
  test('the known vector', () => {
    expect(verify(vector, vectorHeader)).toBeNull();
    expect(verify(`${vector} `, vectorHeader)).toMatchObject(badSignature);
  });

  test.each([
    'whsec_test_secret',
    ' whsec_test_secret\n',
    'whsec_new, whsec_test_secret',
    'whsec_test_secret,,x',
  ])('any of the secrets %j will do', (secrets) => {
    expect(verify(vector, vectorHeader, { secrets })).toBeNull();
  });

  test('none of several secrets fits', () => {
    expect(verify(vector, vectorHeader, { secrets: 'whsec_a,whsec_b' })).toMatchObject(badSignature);
  });

  test('any v1 of several will do, v0 will not', () => {
    const hex = vectorHeader.split('v1=')[1];
    expect(verify(vector, `t=${signedAt},v1=${'0'.repeat(64)},v1=${hex},v0=abc`)).toBeNull();
    expect(verify(vector, `t=${signedAt},v0=${hex}`)).toMatchObject(badSignature);
  });

  test('a signature holds for five minutes after it was made', () => {
    expect(verify(vector, vectorHeader, { receivedAt: signedAt + 300 })).toBeNull();
    expect(verify(vector, vectorHeader, { receivedAt: signedAt + 301 })).toMatchObject(badSignature);
  });

  test.each([
    undefined,
    '',
    'hello',
    't=1705315200',
    't=1705315200,v1',
    't=1705315200,v1=',
    't=1705315200,v1==',
    `t=1705315200,v1=${'é'.repeat(64)}`,
    `t=abc,v1=${'0'.repeat(64)}`,
    `v1=${'0'.repeat(64)}`,
    `${vectorHeader}, ${vectorHeader}`,
    ','.repeat(16_000),
    'v1=a,'.repeat(3_000),
  ])('header %.40j is refused', (header) => {
    expect(verify(vector, header)).toMatchObject(badSignature);
  });

  test.each([
    ['no header', undefined, {}, /header is missing\. It must be .*t=<Unix seconds>,v1=/],
    ['no Stripe-Signature', 'sha256=é', {}, /header is malformed\. It must be/],
    ['a body written again', sign(JSON.stringify({ a: 1 })), {}, /parsed and written again has other bytes/],
    [
      'another secret',
      sign(vector, 'whsec_cli'),
      {},
      /STRIPE_WEBHOOK_SECRET is another secret: .+ "stripe listen"/,
    ],
    [
      'an old timestamp',
      vectorHeader,
      { receivedAt: signedAt + 400 },
      /is 400 s old, and may be 300 s\. .+ clocks/,
    ],
    // Whether what is old was signed is nobody's business.
    [
      'an old forgery',
      sign(vector, 'whsec_x'),
      { receivedAt: signedAt + 400 },
      /is 400 s old, and may be 300 s/,
    ],
  ])('%s is told so, and nothing of the secret', (_, header, options, said) => {
    const detail = verify(vector, header, options)?.detail;
    expect(detail).toMatch(said);
    expect(detail).not.toMatch(/whsec_|[0-9a-f]{16}/);
  });

  test('without a secret the variable is named', () => {
    const rejection = stripe.verify(inbound(vector, vectorHeader), stripe.settings.parse({}));
    expect(rejection?.detail).toMatch(/^STRIPE_WEBHOOK_SECRET must be set to the signing secret/);
  });

  test('what was signed need not be text', () => {
    const empty = Buffer.alloc(0);
    expect(verify(empty, sign(empty))).toBeNull();
    expect(verify('not json', sign('not json'))).toBeNull();
    expect(verify(Buffer.from([0xff, 0xfe]), sign('x'))).toMatchObject(badSignature);
  });

  test.each([{}, { STRIPE_WEBHOOK_SECRET: '' }, { STRIPE_WEBHOOK_SECRET: ' , ' }])('%j: 503', (env) => {
    const rejection = stripe.verify(inbound(vector, vectorHeader), stripe.settings.parse(env));
    expect(rejection).toMatchObject({ status: 503, reason: 'not_configured' });
    expect(rejection?.detail).toContain('STRIPE_WEBHOOK_SECRET');
  });
});

const full = {
  id: 'evt_1',
  object: 'event',
  type: 'charge.failed',
  created: signedAt,
  data: { object: { id: 'ch_1' } },
};
const thin = {
  id: 'evt_2',
  object: 'v2.core.event',
  type: 'v2.core.account.created',
  created: '2024-01-15T12:40:00.250+02:00',
  related_object: null,
};

function signalOf(body: unknown): Signal {
  const result = stripe.normalize(inbound(body));
  if (isRejection(result)) throw new Error(JSON.stringify(result));
  return result;
}

function rejectionOf(body: unknown): Rejection {
  const result = stripe.normalize(inbound(body));
  if (!isRejection(result)) throw new Error('was accepted');
  return result;
}

describe('normalize', () => {
  test('a thin event about nothing is called by its type, its time in UTC', () => {
    const signal = signalOf(thin);
    expect(signal.summary).toBe('v2.core.account.created');
    expect(signal.startedAt.toISOString()).toBe('2024-01-15T10:40:00.250Z');
  });

  test.each([undefined, null, '', 7, {}])('an object with id %j gives no id to the summary', (id) => {
    expect(signalOf({ ...full, data: { object: { id } } }).summary).toBe('charge.failed');
  });

  test.each([
    [undefined, false],
    [null, false],
    [true, false],
    [false, true],
  ])('livemode %j: test mode %j', (livemode, testMode) => {
    expect(signalOf({ ...full, livemode }).testMode).toBe(testMode);
    expect(signalOf({ ...thin, livemode }).testMode).toBe(testMode);
  });

  test.each([
    [{ failure_message: 'No funds', failure_code: 'x' }, 'No funds'],
    [{ last_payment_error: { message: 'Declined' } }, 'Declined'],
    [{ last_payment_error: null, reason: 'fraudulent' }, 'fraudulent'],
    [{ requirements: { disabled_reason: 'rejected.fraud' } }, 'rejected.fraud'],
    [{ failure_reason: 'lost_or_stolen_card' }, 'lost_or_stolen_card'],
    [{ failure_message: 5, reason: '' }, null],
    [{ failure_message: 'a\0b\ud800' }, 'a\uFFFDb\uFFFD'],
    [{}, null],
  ])('the reason in %j is %j', (object, description) => {
    expect(signalOf({ ...full, data: { object } }).description).toBe(description);
  });

  test('long and unstorable text is cut and cleaned', () => {
    const signal = signalOf({ ...full, data: { object: { id: `a\0${'b'.repeat(5_000)}` } } });
    expect(signal.summary).toHaveLength(1024);
    expect(signal.summary).not.toContain('\0');
  });

  test('an object may have any keys', () => {
    const body = JSON.stringify(full).replace('"id":"ch_1"', '"__proto__":{"id":"x"},"constructor":1');
    expect(signalOf(body).summary).toBe('charge.failed');
  });

  test.each([
    ['object', { ...full, object: 'payout' }],
    ['object', {}],
    ['object', { ...full, object: ['event'] }],
    ['id', { ...full, id: undefined }],
    ['id', { ...full, id: '' }],
    ['id', { ...full, id: 'evt\u0000' }],
    ['id', { ...full, id: 'x'.repeat(256) }],
    ['type', { ...full, type: 5 }],
    ['type', { ...full, type: 'a b' }],
    ['created', { ...full, created: '2024-01-15' }],
    ['created', { ...full, created: -1 }],
    ['created', { ...full, created: 253_402_300_800 }],
    ['created', { ...full, created: 1.5 }],
    ['created', { ...full, created: null }],
    ['livemode', { ...full, livemode: 'false' }],
    ['data', { ...full, data: null }],
    ['data', { ...full, data: undefined }],
    ['data.object', { ...full, data: { object: [] } }],
    ['data.previous_attributes', { ...full, data: { object: {}, previous_attributes: 'x' } }],
    ['created', { ...thin, created: signedAt }],
    ['created', { ...thin, created: 'yesterday' }],
    ['created', { ...thin, created: '2024-02-30T00:00:00Z' }],
    ['created', { ...thin, created: '0000-01-01T00:00:00Z' }],
    ['created', { ...thin, created: '9999-12-31T23:59:59-23:00' }],
    ['related_object', { ...thin, related_object: 'po_1' }],
  ])('wrong %s: 400 naming it', (path, body) => {
    const rejection = rejectionOf(body);
    expect(rejection).toMatchObject({ status: 400, reason: 'invalid_body', errors: [{ path }] });
    expect(rejection.errors?.[0]?.message).toMatch(/^must be /);
  });

  test('all that is wrong is said at once', () => {
    const errors = rejectionOf({ object: 'event', data: {} }).errors ?? [];
    expect(errors.map(({ path }) => path)).toEqual(['id', 'type', 'created', 'data.object']);
  });

  test.each(['', 'x', 'null', '[]', '{"a":', '['.repeat(2 ** 20)])('signed %.10j: 400', (body) => {
    expect(rejectionOf(body).status).toBe(400);
  });
});

test('answers', () => {
  expect(stripe.accepted()).toEqual({ status: 200, body: { received: true } });
  expect(stripe.deduped()).toEqual({ status: 200, body: { received: true, deduped: true } });
});

import { createHmac } from 'node:crypto';
import type { Signal } from '@signalbox/domain';
import { alerts } from './alerts.js';
import { isRejection, type Rejection } from './source.js';

const good = {
  url: 'https://cameras.example.com/clip.mp4',
  location: 'fr-auchan-larochelle',
  alert_uuid: '6F9619FF-8B86-D011-B42D-00CF4FC964FF',
  label: 'theft',
  time_spotted: 1705315200.25,
};

function inbound(body: unknown, headers: Record<string, string> = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { bytes, headers: { 'content-type': 'application/json', ...headers }, receivedAt: new Date() };
}

function signalOf(body: unknown): Signal {
  const result = alerts.normalize(inbound(body));
  if (isRejection(result)) throw new Error(JSON.stringify(result));
  return result;
}

function rejectionOf(body: unknown): Rejection {
  const result = alerts.normalize(inbound(body));
  if (!isRejection(result)) throw new Error('was accepted');
  return result;
}

test('an alert is for the users of its store', () => {
  const signal = signalOf(good);
  expect(signal.audience).toEqual({ type: 'store', location: 'fr-auchan-larochelle' });
  expect(signal.eventId).toBe(good.alert_uuid);
  expect(signal.dedupeKey).toBe(good.alert_uuid.toLowerCase());
});

test('each graver label is a later version', () => {
  const versions = ['normal', 'suspicious', 'theft'].map((label) => signalOf({ ...good, label }).version);
  expect(versions).toEqual([0, 1, 2]);
});

test.each([
  { url: 'http://10.0.0.1:8080/a?b=c#d' },
  { location: 'x'.repeat(200) },
  { location: 'Magasin d’Angoulême n° 3' },
  { alert_uuid: '00000000-0000-0000-0000-000000000000' },
  { time_spotted: 0 },
  { time_spotted: 253_402_300_799 },
  { confidence: 0.9, camera: { id: 4 } },
])('accepted: %j', (change) => {
  expect(signalOf({ ...good, ...change }).source).toBe('alerts');
});

test.each([
  ['url', 'ftp://example.com/a'],
  ['url', 'http:example.com'],
  ['url', 'https://'],
  ['url', 'https://exa mple.com/'],
  ['url', 'https://example.com/a\u0000b'],
  ['url', ' https://example.com/'],
  ['url', 'https://example.com/\ud800'],
  ['url', `https://example.com/${'a'.repeat(2048)}`],
  ['url', 'clip.mp4'],
  ['url', 5],
  ['url', undefined],
  ['location', ''],
  ['location', '  '],
  ['location', 'a\nb'],
  ['location', '\ud800'],
  ['location', 'x'.repeat(201)],
  ['location', ['a']],
  ['location', undefined],
  ['alert_uuid', '6F9619FF8B86D011B42D00CF4FC964FF'],
  ['alert_uuid', `${good.alert_uuid}\n`],
  ['alert_uuid', ''],
  ['alert_uuid', null],
  ['alert_uuid', undefined],
  ['time_spotted', '1705315200'],
  ['time_spotted', -1],
  ['time_spotted', 253_402_300_800],
  ['time_spotted', null],
  ['time_spotted', undefined],
  ['label', 7],
  ['label', null],
  ['label', undefined],
])('%s %j is refused', (path, value) => {
  const rejection = rejectionOf({ ...good, [path]: value });
  expect(rejection).toMatchObject({ status: 400, reason: 'invalid_body', errors: [{ path }] });
  expect(rejection.errors?.[0]?.message).toMatch(/^must be /);
});

test('a number beyond what a double holds is refused', () => {
  const body = JSON.stringify(good).replace('1705315200.25', '1e999');
  expect(rejectionOf(body).errors).toMatchObject([{ path: 'time_spotted' }]);
});

test('everything that is wrong is said at once, an unknown label too', () => {
  const rejection = rejectionOf({ label: 'arson', time_spotted: 'now' });
  expect(rejection.reason).toBe('invalid_body');
  expect(rejection.errors?.map(({ path }) => path).toSorted()).toEqual(
    ['alert_uuid', 'label', 'location', 'time_spotted', 'url'].toSorted(),
  );
});

test.each(['arson', 'Theft', '', 'constructor', '\ud800', 'x'.repeat(100_000)])(
  'label %.20j is unknown',
  (label) => {
    const rejection = rejectionOf({ ...good, label });
    expect(rejection).toMatchObject({ status: 400, reason: 'unknown_label' });
    expect(rejection.errors).toHaveLength(1);
    expect(rejection.errors?.[0]?.message.length).toBeLessThan(150);
    expect(rejection.errors?.[0]?.message.isWellFormed()).toBe(true);
  },
);

test('a secret demands a signature that fits', () => {
  const settings = alerts.settings.parse({ ALERTS_SECRET: ' s3cret ' });
  const body = JSON.stringify(good);
  const signature = `sha256=${createHmac('sha256', 's3cret').update(body).digest('hex')}`;
  const verify = (headers: Record<string, string>) => alerts.verify(inbound(body, headers), settings);
  expect(verify({ 'x-hub-signature-256': signature })).toBeNull();
  const refused = { status: 401, reason: 'bad_signature' };
  expect(verify({})).toMatchObject(refused);
  expect(verify({ 'x-hub-signature-256': signature.slice(0, -1) })).toMatchObject(refused);
  expect(verify({ 'x-hub-signature-256': '' })).toMatchObject(refused);
  expect(verify({ 'x-hub-signature-256': 'é'.repeat(71) })).toMatchObject(refused);
});

test.each([{}, { ALERTS_SECRET: '' }])('with %j nobody has to sign', (env) => {
  expect(alerts.verify(inbound(good), alerts.settings.parse(env))).toBeNull();
});

test('answers', () => {
  const signal = signalOf(good);
  expect(alerts.accepted(signal)).toEqual({
    status: 202,
    body: { received: true, alert_uuid: good.alert_uuid },
  });
  expect(alerts.deduped()).toEqual({ status: 200, body: { received: true, deduped: true } });
});

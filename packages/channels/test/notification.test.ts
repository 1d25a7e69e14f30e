import { signStandardWebhook } from '@signalbox/domain';
import type { z } from 'zod';
import { createHttp } from '../src/http.js';
import { notification } from '../src/notification.js';
import { deliveryOf } from './delivery.js';
import { receiver } from './receiver.js';
import { toolsWith } from './tools.js';

const secret = `whsec_${Buffer.alloc(24, 'a').toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 'b').toString('base64')}`;
const userId = '01890000-0000-7000-8000-0000000000aa';

async function sendTo(env: Record<string, string>, path = '') {
  const http = createHttp({ timeoutMs: 5_000 });
  const target = await receiver((response) => response.end());
  const settings = notification.settings.parse({ NOTIFICATION_SERVICE_URL: target.origin + path, ...env });
  const sent = await notification.open(
    settings,
    toolsWith(http),
  )(deliveryOf('alerts/suspicious', { target: userId }));
  await Promise.all([target.close(), http.close()]);
  const [request] = target.received;
  if (!request) throw new Error('nothing arrived');
  return { sent, request };
}

test('the body has exactly the five fields, as they came', async () => {
  const { request } = await sendTo({});
  expect(request.body.toString()).toBe(
    JSON.stringify({
      url: 'https://cameras.example.com/clips/suspicious.mp4',
      alert_uuid: '0D9B6A1E-52C4-4F0B-9C2E-5B1F6A7D8E90',
      location: 'fr-auchan-larochelle',
      label: 'suspicious',
      target_user_id: userId,
    }),
  );
});

test('ids travel in headers, and nothing is signed without a secret', async () => {
  const { request } = await sendTo({});
  expect(request.headers).toMatchObject({
    'content-type': 'application/json',
    'idempotency-key': '01890000-0000-7000-8000-000000000001',
    'x-request-id': 'request-1',
    'user-agent': expect.stringMatching(/^Signalbox\/\d+\.\d+\.\d+$/),
  });
  expect(Object.keys(request.headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
});

test('every secret signs the bytes that are sent', async () => {
  const { request } = await sendTo({ NOTIFICATION_SECRET: `${secret}, ${other}` });
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, ...headers } = request.headers;
  expect(id).toBe('01890000-0000-7000-8000-000000000001');
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(30);
  const expected = signStandardWebhook([secret, other], String(id), Number(timestamp), request.body);
  expect(headers['webhook-signature']).toBe(expected['webhook-signature']);
});

test.each([
  ['', '/webhook/notifications'],
  ['/', '/webhook/notifications'],
  ['/notify', '/notify'],
  ['/a/b/?key=1', '/a/b/?key=1'],
  ['/?key=1', '/webhook/notifications?key=1'],
])('path %j is called as %s', async (path, called) => {
  const { sent, request } = await sendTo({}, path);
  expect(request.path).toBe(called);
  expect(sent.targetUrl.endsWith(called)).toBe(true);
});

function complaints(env: Record<string, unknown>): string[] {
  const result = notification.settings.safeParse(env);
  return (
    result.error?.issues.map(({ path, message }: z.core.$ZodIssue) => `${path.join('.')}: ${message}`) ?? []
  );
}

test.each([undefined, '', 'localhost:4000', 'ftp://a/', 'http://user:word@example.com/'])(
  'NOTIFICATION_SERVICE_URL=%s is explained',
  (url) => {
    const [complaint, ...more] = complaints({ NOTIFICATION_SERVICE_URL: url });
    expect(complaint).toMatch(/^NOTIFICATION_SERVICE_URL: must be the URL of the service that tells users/);
    expect(more).toEqual([]);
  },
);

test.each(['secret', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${'!'.repeat(40)}`, `${secret},x`])(
  'NOTIFICATION_SECRET=%s is explained',
  (text) => {
    const found = complaints({ NOTIFICATION_SERVICE_URL: 'http://a/', NOTIFICATION_SECRET: text });
    expect(found).toEqual([expect.stringMatching(/^NOTIFICATION_SECRET: must be "whsec_"/)]);
  },
);

test.each([undefined, '', secret, `${secret},`, ` ${secret} , ${other} `])(
  'NOTIFICATION_SECRET=%s is fine',
  (text) => {
    expect(complaints({ NOTIFICATION_SERVICE_URL: 'http://a/', NOTIFICATION_SECRET: text })).toEqual([]);
  },
);

test('a signal that is no alert is a bug of ours', async () => {
  const http = createHttp({ timeoutMs: 1_000 });
  const settings = notification.settings.parse({ NOTIFICATION_SERVICE_URL: 'http://127.0.0.1:1' });
  await expect(
    notification.open(settings, toolsWith(http))(deliveryOf('stripe/payout_failed')),
  ).rejects.toThrow();
  await http.close();
});

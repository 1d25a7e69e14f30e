import type { Delivery, Outcome } from '@signalbox/domain';
import { createHttp } from '../src/http.js';
import { slack } from '../src/slack.js';
import { slackMessage } from '../src/slack-message.js';
import { deliveryOf } from './delivery.js';
import { type Behaviour, receiver } from './receiver.js';
import { toolsWith } from './tools.js';

const http = createHttp({ timeoutMs: 5_000 });
const path = '/services/T024BE7LD/B03J5K6L7/a1B2c3D4e5F6g7H8i9J0k1L2';
const delivery = deliveryOf('alerts/theft');

afterAll(() => http.close());

async function post(behave: Behaviour, called = path) {
  const target = await receiver(behave);
  const address = target.origin + called;
  const sent = await slack.open({}, toolsWith(http))({ ...delivery, address });
  await target.close();
  return { sent, origin: target.origin, received: target.received };
}

const answer =
  (status: number, text: string, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    response.writeHead(status, headers).end(text);

test('the message is posted as JSON to the webhook', async () => {
  const { sent, origin, received } = await post(answer(200, 'ok'));
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', 'idempotency-key': delivery.id },
  });
  expect(JSON.parse(String(received[0]?.body))).toEqual(slackMessage(delivery));
  expect(sent).toEqual({
    outcome: { type: 'delivered' },
    targetUrl: `${origin}/…`,
    statusCode: 200,
    responseExcerpt: 'ok',
  });
});

const gone: Outcome = { type: 'refused', reason: 'gone' };
const badMessage: Outcome = { type: 'refused', reason: 'client_error' };
const later: Outcome = { type: 'retry', reason: 'client_error' };

test.each([
  [403, 'invalid_token', gone],
  [403, 'action_prohibited', gone],
  [403, 'posting_to_general_channel_denied', gone],
  [403, 'team_disabled', gone],
  [404, 'no_service', gone],
  [404, 'no_service_id', gone],
  [404, 'no_active_hooks', gone],
  [404, 'no_team', gone],
  [404, 'channel_not_found\n', gone],
  [410, 'channel_is_archived', gone],
  [410, '', gone],
  [400, 'user_not_found', gone],
  [400, 'invalid_payload', badMessage],
  [400, 'too_many_attachments', badMessage],
  [403, 'Forbidden', later],
  [404, 'Not Found', later],
  [404, 'no_service here', later],
  [500, 'rollup_error', { type: 'retry', reason: 'server_error' }],
  [500, 'no_service', { type: 'retry', reason: 'server_error' }],
  [200, 'no_service', { type: 'delivered' }],
  [204, '', { type: 'delivered' }],
])('%d %j', async (status, text, outcome) => {
  const { sent } = await post(answer(status, text));
  expect(sent).toMatchObject({ outcome, statusCode: status, responseExcerpt: text });
});

test('429 says when to come back', async () => {
  const { sent } = await post(answer(429, 'rate_limited', { 'retry-after': '30' }));
  expect(sent.outcome).toEqual({ type: 'retry', reason: 'rate_limited', afterMs: 30_000 });
});

test('without an address there is nothing to send to', async () => {
  expect(await slack.open({}, toolsWith(http))(delivery)).toEqual({
    outcome: { type: 'refused', reason: 'invalid_target' },
    targetUrl: '',
    statusCode: null,
    responseExcerpt: null,
  });
});

describe('the URL stays a secret', () => {
  const secrets = ['T024BE7LD', 'B03J5K6L7', 'a1B2c3D4e5F6g7H8i9J0k1L2'];

  test.each([
    ['whole', (origin: string) => `no such webhook: ${origin}${path}`, 'no such webhook: '],
    ['escaped', (origin: string) => encodeURIComponent(`${origin}${path}`), '%2F…'],
    ['in parts', () => `token ${secrets[2]?.toUpperCase()} of ${secrets[0]}`, 'token … of …'],
    ['cut short by the end of the excerpt', () => `${'x'.repeat(983)} ${path}`, 'xxx'],
  ])('quoted %s', async (_, quote, kept) => {
    for (const status of [200, 404, 500]) {
      const { sent } = await post((response) => {
        response.writeHead(status).end(quote(`http://${response.req.headers.host}`));
      });
      expect(sent.responseExcerpt).toContain(kept);
      const told = JSON.stringify(sent).toLowerCase();
      for (const secret of secrets) expect(told).not.toContain(secret.slice(0, 6).toLowerCase());
    }
  });

  test('also where it stands in the query', async () => {
    const { sent, received } = await post(answer(404, 'no key abcdef0123 here'), '/?key=abcdef0123');
    expect(received[0]?.path).toBe('/?key=abcdef0123');
    expect(sent.responseExcerpt).toBe('no key … here');
    expect(sent.targetUrl).not.toContain('key');
  });

  test('also where people look at whom it belongs to: they see the server, and that two are not the same', () => {
    const shown = (end: string) => slack.recipient.shown(`https://hooks.slack.com${path}${end}`);
    expect(shown('')).toMatch(/^https:\/\/hooks\.slack\.com\/…[\w-]{6}$/);
    expect(shown('x')).not.toBe(shown(''));
  });

  test('and in what is thrown', async () => {
    const address = `http://127.0.0.1:1${path}`;
    const noAlert: Delivery = { ...deliveryOf('stripe/payout_failed'), address };
    const error = await slack
      .open(
        {},
        toolsWith(http),
      )(noAlert)
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    expect(String((error as Error).stack)).not.toContain('T024BE7LD');
  });
});

test('a message a second for each webhook, which is named by a digest', () => {
  const [one, same, other] = ['a', 'a', 'b'].map((end) =>
    slack.limit({}, { ...delivery, address: `https://hooks.slack.com/services/T/B/${end}` }),
  );
  expect(one).toEqual({
    key: expect.stringMatching(/^slack-[\w-]{16}$/),
    count: 1,
    periodMs: 1_000,
    burst: 1,
  });
  expect(same).toEqual(one);
  expect(other?.key).not.toBe(one?.key);
});

const address = slack.recipient.address;

test.each([
  slack.recipient.example,
  'http://mattermost:8065/hooks/abc',
  `https://hooks.slack.com/${'x'.repeat(476)}`,
])('%j is an address', (text) => {
  expect(address.parse(` ${text}\n`)).toBe(text);
});

test.each([
  '',
  'hooks.slack.com/services/a',
  'ftp://hooks.slack.com/services/a',
  'https://user:word@hooks.slack.com/services/a',
  `https://hooks.slack.com/${'x'.repeat(477)}`,
])('%j is no address, and is not repeated', (text) => {
  const complaints = address.safeParse(text).error?.issues.map(({ message }) => message);
  expect(complaints).toEqual([expect.stringMatching(/^must be the URL of an incoming webhook/)]);
  if (text) expect(complaints?.join()).not.toContain(text);
});

import type { Delivery, Outcome } from '@signalbox/domain';
import type { z } from 'zod';
import { createHttp } from '../src/http.js';
import { sms } from '../src/sms.js';
import { deliveryOf } from './delivery.js';
import { type Behaviour, receiver } from './receiver.js';
import { toolsWith } from './tools.js';
import { startTwilioStandIn, type TwilioStandIn } from './twilio-stand-in.js';

const to = '+33612345678';
const reference = 'Ref 0000deadbeef';
const delivery = deliveryOf('alerts/theft', { id: '01890000-0000-7000-8000-0000deadbeef', address: to });
const timeoutMs = 500;
const http = createHttp({ timeoutMs });

let twilio: TwilioStandIn;

beforeEach(async () => {
  twilio = await startTwilioStandIn();
});

afterEach(async () => {
  await twilio.close();
});

afterAll(() => http.close());

function send(change: Partial<Delivery> = {}, env: Record<string, string> = {}) {
  const settings = sms.settings.parse({ ...twilio.env, ...env });
  return sms.open(settings, toolsWith(http, timeoutMs))({ ...delivery, ...change });
}

/** Sends to something that is not Twilio. */
async function sendTo(behave: Behaviour, change: Partial<Delivery> = {}) {
  const target = await receiver(behave);
  const sent = await send(change, { TWILIO_URL: target.origin });
  await target.close();
  return { sent, received: target.received };
}

const refused = (reason: 'invalid_recipient' | 'client_error' | 'not_configured'): Outcome => ({
  type: 'refused',
  reason,
});

test('a message is made, from our number to the user', async () => {
  const sent = await send();
  expect(twilio.messages).toMatchObject([
    {
      to,
      from: twilio.env.TWILIO_FROM,
      messaging_service_sid: null,
      body: expect.stringContaining(reference),
    },
  ]);
  expect(sent).toMatchObject({
    outcome: { type: 'delivered' },
    targetUrl: `${twilio.env.TWILIO_URL}/2010-04-01/Accounts/…/Messages.json`,
    statusCode: 201,
  });
});

test('a messaging service sends where one is named', async () => {
  const service = `MG${'0'.repeat(32)}`;
  await send({}, { TWILIO_FROM: service, TWILIO_URL: `${twilio.env.TWILIO_URL}/` });
  expect(twilio.messages).toMatchObject([{ from: null, messaging_service_sid: service }]);
});

test('a text arrives as it was written, whatever its script', async () => {
  await send({ signal: { ...delivery.signal, summary: 'theft at Zürich & 東京 + 🛒' } });
  expect(twilio.messages[0]?.body.split('\n')[0]).toBe('Theft at Zürich & 東京 + 🛒');
});

describe('what Twilio refuses', () => {
  test('no phone number', async () => {
    const sent = await send({ address: '+0612' });
    expect(sent).toMatchObject({ outcome: refused('invalid_recipient'), statusCode: 400 });
  });

  test('somebody who unsubscribed', async () => {
    twilio.unsubscribed.add(to);
    expect((await send()).outcome).toEqual(refused('invalid_recipient'));
  });

  test('a wrong token, which may be put right', async () => {
    const sent = await send({}, { TWILIO_AUTH_TOKEN: 'wrong' });
    expect(sent).toMatchObject({ outcome: { type: 'retry', reason: 'client_error' }, statusCode: 401 });
  });

  test('a number that is not ours, which may be put right', async () => {
    const { outcome } = await send({}, { TWILIO_FROM: '+33700000000' });
    expect(outcome).toEqual({ type: 'retry', reason: 'client_error' });
  });

  test('more than the queue of our number holds', async () => {
    await twilio.close();
    twilio = await startTwilioStandIn(1);
    await send();
    const { outcome } = await send();
    expect(outcome).toEqual({ type: 'retry', reason: 'rate_limited', afterMs: 300_000 });
    expect(twilio.messages).toHaveLength(1);
  });

  test('too many requests', async () => {
    twilio.failNext({ status: 429, code: 20429, headers: { 'retry-after': '7' } });
    const { outcome } = await send();
    expect(outcome).toEqual({ type: 'retry', reason: 'rate_limited', afterMs: 7_000 });
  });
});

describe('nothing is sent', () => {
  test.each(['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM'])('without %s', async (name) => {
    const { [name]: _, ...env } = twilio.env as Record<string, string>;
    const sent = await sms.open(sms.settings.parse(env), toolsWith(http))(delivery);
    expect(sent).toEqual({
      outcome: refused('not_configured'),
      targetUrl: '',
      statusCode: null,
      responseExcerpt: expect.stringContaining(name),
    });
    expect(twilio.received).toEqual([]);
  });

  test('to nobody', async () => {
    expect((await send({ address: null })).outcome).toEqual(refused('invalid_recipient'));
    expect(twilio.received).toEqual([]);
  });
});

describe('a message that may have been sent before', () => {
  const again = { again: true, attempt: 2 };
  const methods = () => twilio.received.map(({ method }) => method);

  test.each(['hang', 'break'] as const)('is not repeated where it was: %s', async (fault) => {
    twilio.failNext(fault);
    expect((await send()).outcome).toMatchObject({ type: 'retry' });
    const sent = await send(again);
    expect(sent).toEqual({
      outcome: { type: 'delivered' },
      targetUrl: `${twilio.env.TWILIO_URL}/2010-04-01/Accounts/…/Messages.json`,
      statusCode: 200,
      responseExcerpt: `found ${twilio.messages[0]?.sid}`,
    });
    expect(twilio.messages).toHaveLength(1);
    expect(methods()).toEqual(['POST', 'GET']);
  });

  test('is sent where it was not', async () => {
    twilio.failNext({ status: 500 });
    expect((await send()).outcome).toEqual({ type: 'retry', reason: 'server_error' });
    await send({ id: delivery.id.replace('dead', 'beef') });
    await send({ address: '+33611111111' });
    expect(await send(again)).toMatchObject({ outcome: { type: 'delivered' }, statusCode: 201 });
    expect(twilio.messages.filter((message) => message.to === to)).toHaveLength(2);
    expect(methods()).toEqual(['POST', 'POST', 'POST', 'GET', 'POST']);
  });

  test.each(['failed', 'undelivered', 'canceled'])('is sent where it came to nothing: %s', async (status) => {
    await send();
    for (const message of twilio.messages) message.status = status;
    await send(again);
    expect(twilio.messages).toHaveLength(2);
  });

  test('is known by its reference, also where Twilio has changed the words', async () => {
    await send();
    for (const message of twilio.messages)
      message.body = `Sent from your Twilio trial account - ${message.body.replace('-', '_')}`;
    await send(again);
    expect(twilio.messages).toHaveLength(1);
  });

  test('is found among 50 of the longest', async () => {
    await send();
    const [first] = twilio.messages;
    if (!first) throw new Error('nothing was made');
    for (let i = 1; i < 50; i++)
      twilio.messages.push({ ...first, sid: `SM${i}`, body: '\u0001'.repeat(1600) });
    expect((await send(again)).responseExcerpt).toBe(`found ${first.sid}`);
    expect(Buffer.byteLength(JSON.stringify(twilio.messages))).toBeGreaterThan(400_000);
  });

  test.each([
    [
      { status: 503, headers: { 'retry-after': '9' } },
      { type: 'retry', reason: 'unavailable', afterMs: 9_000 },
    ],
    [
      { status: 429, code: 20429 },
      { type: 'retry', reason: 'rate_limited' },
    ],
    [
      { status: 401, code: 20003 },
      { type: 'retry', reason: 'client_error' },
    ],
    [{ status: 410 }, { type: 'retry', reason: 'gone' }],
    ['hang', { type: 'retry', reason: 'timeout' }],
    ['break', { type: 'retry', reason: 'connection_reset' }],
  ] as const)('waits where Twilio cannot be asked: %j', async (fault, outcome) => {
    twilio.failNext(fault);
    const sent = await send(again);
    expect(sent.outcome).toEqual(outcome);
    expect(sent.targetUrl).toBe(`${twilio.env.TWILIO_URL}/2010-04-01/Accounts/…/Messages.json`);
    expect(methods()).toEqual(['GET']);
    expect(twilio.messages).toEqual([]);
  });

  test.each([
    '',
    'ok',
    '{}',
    '{"messages":null}',
    '[]',
    '{"messages":[{"sid":"SM1"}]}',
    `"${'x'.repeat(2_000)}"`,
  ])('waits where the answer is something else (%#)', async (answer) => {
    const { sent, received } = await sendTo((response) => response.end(answer), again);
    expect(sent).toMatchObject({ outcome: { type: 'retry', reason: 'unexpected_answer' }, statusCode: 200 });
    expect(sent.responseExcerpt).toBe(answer.slice(0, 1024));
    expect(received).toHaveLength(1);
  });

  test.each([
    [800, ['GET', 'POST']],
    [1_300, ['GET']],
  ])('asking may take half of the time of an attempt: %d of 2,000 ms', async (ms, requests) => {
    const slow = await receiver((response, _, { method }) => {
      if (method === 'GET') setTimeout(() => response.end('{"messages":[]}'), ms);
    });
    const settings = sms.settings.parse({ ...twilio.env, TWILIO_URL: slow.origin });
    const started = performance.now();
    const sent = await sms.open(settings, toolsWith(http, 2_000))({ ...delivery, ...again });
    expect(performance.now() - started).toBeLessThan(2_600);
    expect(sent.outcome).toEqual({ type: 'retry', reason: 'timeout' });
    expect(slow.received.map(({ method }) => method)).toEqual(requests);
    await slow.close();
  });
});

describe('a report holds no secrets', () => {
  const national = to.slice(1);
  const credentials = () => {
    const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token } = twilio.env;
    return { token, basic: Buffer.from(`${sid}:${token}`).toString('base64') };
  };

  test.each([false, true])('whatever an answer quotes (again: %s)', async (again) => {
    const { token, basic } = credentials();
    const quoted = `${to} %2b${national} ${national} ${token} ${basic}`;
    for (const status of [200, 201, 400, 500]) {
      const { sent } = await sendTo((response) => response.writeHead(status).end(quoted), { again });
      expect(sent.responseExcerpt).toBe('[recipient] [recipient] [recipient] [secret] [secret]');
      expect(sent.targetUrl).not.toContain(twilio.env.TWILIO_ACCOUNT_SID);
    }
  });

  test('also where the end of the excerpt cuts the number short', async () => {
    const { sent } = await sendTo((response) => response.end(`${'x'.repeat(1014)}${to}`));
    expect(sent.responseExcerpt).toBe(`${'x'.repeat(1014)}[recipient`);
  });

  test('nor does the answer that Twilio gives', async () => {
    const { responseExcerpt } = await send();
    expect(responseExcerpt).toContain('"to":"[recipient]"');
    expect(responseExcerpt).not.toContain(national);
  });
});

describe('settings', () => {
  function complaints(env: Record<string, string>): string[] {
    const result = sms.settings.safeParse(env);
    return (
      result.error?.issues.map(({ path, message }: z.core.$ZodIssue) => `${path.join('.')}: ${message}`) ?? []
    );
  }

  test('none are needed', () => {
    expect(sms.settings.parse({})).toEqual({ TWILIO_URL: 'https://api.twilio.com' });
  });

  test.each([
    ['TWILIO_ACCOUNT_SID', 'AC123', 'must be the SID of a Twilio account'],
    ['TWILIO_ACCOUNT_SID', `SK${'0'.repeat(32)}`, 'must be the SID of a Twilio account'],
    ['TWILIO_FROM', '0612345678', 'must be a number of the Twilio account'],
    ['TWILIO_FROM', 'Shop', 'must be a number of the Twilio account'],
    ['TWILIO_URL', 'api.twilio.com', "must be the URL of Twilio's REST API"],
  ])('%s=%s is explained', (name, value, words) => {
    expect(complaints({ [name]: value })).toEqual([expect.stringContaining(`${name}: ${words}`)]);
  });
});

test.each([
  '',
  '0612345678',
  '+0612345678',
  '+33 612345678',
  '+123456',
  '+1234567890123456',
  'tel:+33612345678',
])('%j is no address', (address) => {
  const result = sms.recipient.address.safeParse(address);
  expect(result.error?.issues[0]?.message).toMatch(/^must be a phone number with its country code/);
});

test.each([sms.recipient.example, '+1234567', '+123456789012345'])('%j is an address', (address) => {
  expect(sms.recipient.address.parse(address)).toBe(address);
});

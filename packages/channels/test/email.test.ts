import type { Socket } from 'node:net';
import type { Delivery, Sent } from '@signalbox/domain';
import type { z } from 'zod';
import { email } from '../src/email.js';
import { createHttp } from '../src/http.js';
import { deliveryOf } from './delivery.js';
import { readMail } from './mail.js';
import { until } from './receiver.js';
import { type SmtpBehaviour, type SmtpReceiver, smtpReceiver, tcpReceiver } from './smtp-receiver.js';
import { toolsWith } from './tools.js';

const address = 'ana@example.com';
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Setup {
  target?: Promise<SmtpReceiver>;
  /** What is done to the target's URL before it becomes the channel's. */
  url?: (url: string) => string;
  from?: string;
  timeoutMs?: number;
}

async function setUp({ target = smtpReceiver(), url = (url) => url, from, timeoutMs = 10_000 }: Setup = {}) {
  const receiver = await target;
  const http = createHttp({ timeoutMs });
  const tools = toolsWith(http, timeoutMs);
  const send = email.open(email.settings.parse({ SMTP_URL: url(receiver.url), EMAIL_FROM: from }), tools);
  cleanups.push(
    () => receiver.close(),
    () => http.close(),
    () => tools.close(),
  );
  return { target: receiver, tools, send };
}

/** A delivery of a theft at another store than the fixture's. */
function theftAt(location: string, change: Partial<Delivery> = {}): Delivery {
  const delivery = deliveryOf('alerts/theft', { address, ...change });
  return withAlert(delivery, { location });
}

function withAlert(delivery: Delivery, alert: Record<string, string>): Delivery {
  const body = { ...JSON.parse(delivery.signal.raw.toString()), ...alert };
  const summary = `${body.label} at ${body.location}`;
  return { ...delivery, signal: { ...delivery.signal, summary, raw: Buffer.from(JSON.stringify(body)) } };
}

function mailsOf({ received }: SmtpReceiver) {
  return received.map(({ raw }) => readMail(raw));
}

async function mailFor(delivery: Delivery, setup?: Setup) {
  const { target, send } = await setUp(setup);
  await send(delivery);
  const [mail] = mailsOf(target);
  const [received] = target.received;
  if (!mail || !received) throw new Error('no mail arrived');
  return { ...mail, received };
}

describe('the mail', () => {
  test('tells what happened, where and when, as text and as HTML', async () => {
    const { headers, text, html } = await mailFor(theftAt('Café Nîmes'));
    expect(headers).toMatchObject({ subject: 'Theft at Café Nîmes', to: address });
    expect(text.trimEnd()).toBe(
      [
        'Theft at Café Nîmes',
        '',
        'Where:    Café Nîmes',
        'When:     2024-01-15 10:40:00 UTC',
        'Severity: critical',
        'Clip:     https://cameras.example.com/clips/theft.mp4',
        'Alert:    6f9619ff-8b86-4011-b42d-00c04fc964ff',
      ].join('\n'),
    );
    for (const [, value] of text.matchAll(/^\w+: +(.+)$/gm)) expect(html).toContain(`>${value}<`);
    expect(html).toContain('<a href="https://cameras.example.com/clips/theft.mp4">');
    expect(html).not.toContain('<img');
  });

  test('comes from whom the settings name', async () => {
    const { headers, received } = await mailFor(theftAt('x'), {
      from: 'Sécurité <alerts@shop.example>',
    });
    expect(headers.from).toBe('Sécurité <alerts@shop.example>');
    expect(headers['message-id']).toMatch(/@shop\.example>$/);
    expect(received).toMatchObject({ from: 'alerts@shop.example', to: [address] });
  });

  test('a location is text in both parts', async () => {
    const { headers, text, html } = await mailFor(theftAt(`<script>alert("1")</script> & 'co'`));
    expect(headers.subject).toBe(`Theft at <script>alert("1")</script> & 'co'`);
    expect(text).toContain(`Where:    <script>alert("1")</script> & 'co'\n`);
    expect(html).not.toContain('<script');
    expect(html).toContain('>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;<');
  });

  test.each([
    'x\r\nBcc: eve@example.com',
    'x\nBcc: eve@example.com\n\nbody',
    `${'é'.repeat(200)}\r\nBcc: eve@example.com`,
  ])('a location of %j makes no header', async (location) => {
    const { headers, received } = await mailFor(theftAt(location));
    expect(headers).not.toHaveProperty('bcc');
    expect(headers).toHaveProperty('mime-version');
    expect(received.to).toEqual([address]);
  });

  test.each(['javascript:alert(1)', 'file:///etc/passwd', 'cameras.example.com/clip'])(
    'a clip at %s is no link',
    async (url) => {
      const { text, html } = await mailFor(withAlert(theftAt('x'), { url }));
      expect(text + html).not.toContain(url);
    },
  );

  test('a clip cannot leave its attribute', async () => {
    const { html } = await mailFor(withAlert(theftAt('x'), { url: 'https://a/"onclick="b' }));
    expect(html).toContain('href="https://a/&quot;onclick=&quot;b"');
  });

  test('a drill says that it is one', async () => {
    const delivery = theftAt('x');
    const { headers, text, html } = await mailFor({
      ...delivery,
      signal: { ...delivery.signal, testMode: true },
    });
    expect(headers.subject).toBe('[TEST] Theft at x');
    for (const part of [text, html]) expect(part).toContain('This is a test. Nobody is stealing');
    expect((await mailFor(delivery)).text).not.toContain('test');
  });
});

describe('the headers', () => {
  test('say that a machine wrote it, and in answer to which request', async () => {
    const { headers } = await mailFor(theftAt('x', { correlationId: 'request-7' }));
    expect(headers).toMatchObject({ 'auto-submitted': 'auto-generated', 'x-request-id': 'request-7' });
  });

  test('a second attempt is the same message', async () => {
    const { target, send } = await setUp();
    await send(theftAt('x'));
    await send(theftAt('x', { attempt: 2, again: true }));
    const ids = mailsOf(target).map(({ headers }) => headers['message-id']);
    expect(ids).toEqual(Array(2).fill('<01890000-0000-7000-8000-000000000001@localhost>'));
  });

  test('the mails about one alert are one thread, those about another are not', async () => {
    const { target, send } = await setUp();
    const uuid = '6F9619FF-8B86-4011-B42D-00C04FC964FF';
    await send(theftAt('x'));
    await send(withAlert(theftAt('x', { id: 'other', revision: 2 }), { alert_uuid: uuid }));
    await send(deliveryOf('alerts/suspicious', { address }));
    const [first, second, other] = mailsOf(target).map(({ headers }) => headers);
    expect(first?.references).toBe(`<${uuid.toLowerCase()}@localhost>`);
    expect(first?.['in-reply-to']).toBe(first?.references);
    expect(second?.references).toBe(first?.references);
    expect(second?.['message-id']).not.toBe(first?.['message-id']);
    expect(other?.references).not.toBe(first?.references);
  });
});

describe('what is reported', () => {
  const withLogin = (url: string) => url.replace('//', '//b%6Fb:p%40ss.word@');
  const secrets = [address, 'bob', 'p@ss.word', 'Ym9i', 'cEBzcy53b3Jk', 'AGJvYgBwQHNzLndvcmQ='];
  const quoting = Object.assign(new Error(`<ANA@example.com> is not for ${secrets.join(', ')}`), {
    responseCode: 550,
  });

  test.each<[string, SmtpBehaviour, Sent['outcome']]>([
    [
      'an answer to the login',
      () => ({ onAuth: (_, __, callback) => callback(quoting) }),
      { type: 'retry', reason: 'client_error' },
    ],
    [
      'a refusal of the recipient',
      () => ({ onRcptTo: (_, __, callback) => callback(quoting) }),
      { type: 'refused', reason: 'invalid_recipient' },
    ],
    [
      'an acceptance',
      () => ({
        onData: (stream, _, callback) => stream.on('end', () => callback(null, quoting.message)).resume(),
      }),
      { type: 'delivered' },
    ],
  ])('quotes neither recipient nor login from %s', async (_, behave, outcome) => {
    const { target, send } = await setUp({ target: smtpReceiver(behave), url: withLogin });
    const sent = await send(theftAt('x'));
    expect(sent).toMatchObject({ outcome, targetUrl: target.url });
    expect(sent.responseExcerpt).toContain('<[recipient]> is not for [recipient], [login]');
    for (const secret of secrets)
      expect(JSON.stringify(sent).toLowerCase()).not.toContain(secret.toLowerCase());
  });

  test('what it must not quote is what we log in with', async () => {
    const { target, send } = await setUp({ url: withLogin });
    await send(theftAt('x'));
    expect(target.received).toMatchObject([{ user: 'bob' }]);
  });

  test('is the first KiB of an answer', async () => {
    const long = 'x'.repeat(2_000);
    const target = smtpReceiver(() => ({
      onData: (stream, _, callback) => stream.on('end', () => callback(null, long)).resume(),
    }));
    const { send } = await setUp({ target });
    const { statusCode, responseExcerpt } = await send(theftAt('x'));
    expect(statusCode).toBe(250);
    expect(responseExcerpt).toMatch(/^250 .*x{900}$/);
    expect(responseExcerpt).toHaveLength(1024);
  });

  test('without a mail server every attempt is refused, so that the next channel takes over', async () => {
    const http = createHttp({ timeoutMs: 1_000 });
    const send = email.open(email.settings.parse({}), toolsWith(http));
    expect(await send(theftAt('x'))).toEqual({
      outcome: { type: 'refused', reason: 'not_configured' },
      targetUrl: '',
      statusCode: null,
      responseExcerpt: expect.stringContaining('SMTP_URL is not set'),
    });
    await http.close();
  });

  test.each<[string, Delivery, RegExp]>([
    ['without an address', deliveryOf('alerts/theft'), /names no address/],
    ['to no address', theftAt('x', { address: '<>' }), /^No recipients defined$/],
    ['of a signal that is no alert', deliveryOf('stripe/payout_failed', { address }), /location/],
  ])('a delivery %s is a bug of ours', async (_, delivery, message) => {
    const { target, send } = await setUp();
    await expect(send(delivery)).rejects.toThrow(message);
    expect(target.received).toEqual([]);
  });
});

describe('connections', () => {
  const onlyOne = (url: string) => `${url}?maxConnections=1`;
  const hundred = Array.from({ length: 100 }, (_, index) => theftAt('x', { id: `delivery-${index}` }));

  test('a hundred mails share a few, which end with the process', async () => {
    const { target, tools, send } = await setUp();
    expect(target.opened()).toBe(0);
    const reports = await Promise.all(hundred.map((delivery) => send(delivery)));
    expect(reports.filter(({ outcome }) => outcome.type === 'delivered')).toHaveLength(100);
    const ids = new Set(mailsOf(target).map(({ headers }) => headers['message-id']));
    expect(ids.size).toBe(100);
    expect(target.opened()).toBeLessThanOrEqual(10);
    const closing = performance.now();
    await tools.close();
    await until(() => target.open() === 0);
    // Long before they would be closed for being idle.
    expect(performance.now() - closing).toBeLessThan(2_000);
  });

  test('the URL may allow fewer', async () => {
    const { target, send } = await setUp({ url: onlyOne });
    await Promise.all(hundred.slice(0, 10).map((delivery) => send(delivery)));
    expect(target.received).toHaveLength(10);
    expect(target.opened()).toBe(1);
  });

  test('a refused recipient leaves its connection to the next mail', async () => {
    const noSuchUser = Object.assign(new Error('No such user'), { responseCode: 550 });
    const choosy = smtpReceiver(() => ({
      onRcptTo: ({ address: to }, _, callback) => callback(to === address ? null : noSuchUser),
    }));
    const { target, send } = await setUp({ target: choosy, url: onlyOne });
    expect(await send(theftAt('x', { address: 'eve@example.com' }))).toMatchObject({ statusCode: 550 });
    expect(await send(theftAt('x'))).toMatchObject({ statusCode: 250 });
    expect(target.opened()).toBe(1);
  });

  test('a server that hung has no connection of ours, and gets the next mails', async () => {
    let hangs = true;
    const moody = smtpReceiver(() => ({
      onMailFrom: (_, __, callback) => (hangs ? undefined : callback()),
    }));
    const { target, send } = await setUp({ target: moody, timeoutMs: 1_500 });
    const hung = await Promise.all(hundred.slice(0, 30).map((delivery) => send(delivery)));
    expect(new Set(hung.map(({ outcome }) => JSON.stringify(outcome)))).toEqual(
      new Set(['{"type":"retry","reason":"timeout"}']),
    );
    await until(() => target.open() === 0);
    hangs = false;
    const sent = await Promise.all(hundred.slice(0, 10).map((delivery) => send(delivery)));
    expect(sent.map(({ outcome }) => outcome.type)).toEqual(Array(10).fill('delivered'));
    // What was given up is not sent after all.
    expect(target.received).toHaveLength(10);
  });

  test('nor is one kept where the server hangs behind a refusal', async () => {
    const { target, send } = await setUp({ target: tcpReceiver(hangAtReset), timeoutMs: 1_000 });
    expect(await send(theftAt('x'))).toMatchObject({ statusCode: 550 });
    await until(() => target.open() === 0);
  });
});

/** Says yes to everything but the recipient, and nothing at all to RSET. */
function hangAtReset(socket: Socket): void {
  socket.write('220 mail.example.com\r\n');
  socket.on('data', (command) => {
    const verb = command.toString('latin1', 0, 4);
    if (verb !== 'RSET') socket.write(verb === 'RCPT' ? '550 No such user\r\n' : '250 Fine\r\n');
  });
}

describe('the settings', () => {
  function complaints(env: Record<string, unknown>): string[] {
    const result = email.settings.safeParse(env);
    return (
      result.error?.issues.map(({ path, message }: z.core.$ZodIssue) => `${path.join('.')}: ${message}`) ?? []
    );
  }

  test.each([
    ['localhost:587', /such as smtp:\/\/user:password@mail\.example\.com:587/],
    ['http://mail.example.com', /must be the URL of a mail server/],
    ['smtp://', /must be the URL of a mail server/],
    ['smtp://999.1.1.1', /must be the URL of a mail server/],
    ['smtp://mäil.example.com', /must be the URL of a mail server/],
    ['smtp://mail.example.com:99999', /must be the URL of a mail server/],
    ['smtp://mail.example.com/path', /must be the URL of a mail server/],
    ['smtp://bob:12#secret@mail.example.com', /must be the URL of a mail server/],
    ['smtp://bob@mail.example.com', /both a user name and a password/],
    ['smtp://bob:50%secret@mail.example.com', /percent-encoded/],
    ['smtp://bob:12?secret@mail.example.com', /these options only: requireTLS/],
    ['smtp://mail.example.com?requireTls=true', /these options only: requireTLS/],
    ['smtp://mail.example.com?constructor=1', /these options only: requireTLS/],
    ['smtp://mail.example.com?requireTLS=yes', /must have true or false as its option requireTLS/],
    ['smtp://mail.example.com?maxConnections=0', /a number from 1 to 99 as its option maxConnections/],
  ])('SMTP_URL=%s is explained', (url, complaint) => {
    const [found = '', ...more] = complaints({ SMTP_URL: url });
    expect(found).toMatch(complaint);
    expect(found).toMatch(/^SMTP_URL: m/);
    expect(found).not.toMatch(/secret/);
    expect(more).toEqual([]);
  });

  test.each([
    'smtp://localhost',
    'smtp://[::1]:2525',
    'smtps://bob:p%40ss@mail.example.com:465/',
    'smtp://mail_1:25?requireTLS=true&tls.servername=mail.example.com&name=box.example.com',
  ])('SMTP_URL=%s is fine', (url) => {
    expect(complaints({ SMTP_URL: url })).toEqual([]);
  });

  test.each([
    ['alerts@example.com', { name: '', address: 'alerts@example.com' }],
    ['Signalbox <alerts@example.com>', { name: 'Signalbox', address: 'alerts@example.com' }],
    ['"Box, Signal" <alerts@example.com>', { name: 'Box, Signal', address: 'alerts@example.com' }],
    [undefined, { name: 'Signalbox', address: 'signalbox@localhost' }],
  ])('EMAIL_FROM=%s is fine', (text, mailbox) => {
    expect(email.settings.parse({ EMAIL_FROM: text }).EMAIL_FROM).toEqual(mailbox);
  });

  test.each([
    '',
    'Signalbox',
    'a@b@c',
    'Signalbox alerts@example.com',
    'x <a@b',
    'a@b>',
    'x <a@b>, y <c@d>',
    'x\ny <a@b>',
  ])('EMAIL_FROM=%j is explained', (text) => {
    expect(complaints({ EMAIL_FROM: text })).toEqual([
      'EMAIL_FROM: must be who the mails are from, such as Signalbox <alerts@example.com>',
    ]);
  });
});

test.each([
  'ana',
  'ana@example',
  'ana@example.com\n',
  'ana@example.com, eve@example.com',
  'Ana <ana@example.com>',
  'ana\0@example.com',
  `ana@${'example.'.repeat(32)}com`,
])('%j is no address', (text) => {
  expect(email.recipient.address.safeParse(text).success).toBe(false);
});

test('the address of its example is one', () => {
  expect(email.recipient.address.parse(email.recipient.example)).toBe('ana@example.com');
});

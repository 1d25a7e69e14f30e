import type { Outcome, Sent } from '@signalbox/domain';
import { createHttp } from '../src/http.js';
import { type Channel, channels, type Tools } from '../src/index.js';
import { cases } from './behaviours.js';
import { deliveryOf, subscriberAt } from './delivery.js';
import { nobody, type Receiver, receiver, until } from './receiver.js';
import { checkReport } from './report.js';
import { smtpSettingsFor } from './smtp-behaviours.js';
import { toolsWith } from './tools.js';

/** How each channel is told where its receiver is. One with several destinations has several; words tell them apart. */
const settingsFor: Record<string, (origin: string) => Record<string, string>> = {
  notification: (origin) => ({ NOTIFICATION_SERVICE_URL: origin }),
  'pagerduty mock': (origin) => ({ SIGNALBOX_URL: origin }),
  'pagerduty real': (origin) => ({ PAGERDUTY_ROUTING_KEY: 'R'.repeat(32), PAGERDUTY_URL: origin }),
  sms: (origin) => ({
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: 'token',
    TWILIO_FROM: '+15005550006',
    TWILIO_URL: origin,
  }),
  slack: () => ({}),
  webhook: () => ({}),
};
const accountSid = `AC${'0'.repeat(32)}`;

/** What a delivery is sent to, of channels that are told it so. */
const addressFor: Record<string, (origin: string) => string> = {
  sms: () => '+33612345678',
  slack: (origin) => `${origin}/services/T000/B000/XXXX`,
};

/** How a report writes a path, or a part of it, that it must not tell. */
const hiddenPaths: Record<string, { reported: string; called: string }> = {
  sms: { reported: '/Accounts/…/', called: `/Accounts/${accountSid}/` },
  slack: { reported: '/…', called: '/services/T000/B000/XXXX' },
};

/** Where a channel rightly makes something else of a behaviour than the others, by channel and name of the case. */
const exceptions: Record<string, Record<string, Outcome>> = {
  pagerduty: {
    '400': { type: 'refused', reason: 'client_error' },
    '410': { type: 'retry', reason: 'client_error' },
    '429': { type: 'retry', reason: 'rate_limited', afterMs: expect.any(Number) },
  },
  slack: { '400': { type: 'refused', reason: 'client_error' } },
};

/** Channels whose receiver says yes with one status only. */
const onlyYes: Record<string, number> = { pagerduty: 202, sms: 201 };

function expected(channel: string, { name, outcome, statusCode }: (typeof cases)[number]): Outcome {
  const yes = onlyYes[channel];
  const isElse = yes !== undefined && outcome.type === 'delivered' && statusCode !== yes;
  return exceptions[channel]?.[name] ?? (isElse ? { type: 'retry', reason: 'unexpected_answer' } : outcome);
}

const list = channels.flatMap((channel: Channel) => {
  const names = Object.keys(settingsFor).filter((name) => name.split(' ')[0] === channel.name);
  if (names.length > 0) return names.map((name) => ({ channel, name }));
  // What mails has a suite of its own; what is in neither table fails here, and is told the line it needs.
  return channel.name in smtpSettingsFor ? [] : [{ channel, name: channel.name }];
});
const delivery = deliveryOf('alerts/theft');
const patient = toolsWith(createHttp({ timeoutMs: 20_000 }), 20_000);
const impatient = toolsWith(createHttp({ timeoutMs: 400 }), 400);

const guarded = createHttp({ timeoutMs: 20_000, targets: { allowPrivate: false, requireHttps: false } });

afterAll(async () => {
  await Promise.all([patient.http.close(), impatient.http.close(), guarded.close()]);
});

describe.each(list)('$name', ({ channel, name }) => {
  const send = (origin: string, tools: Tools) => sendVia(channel, name, origin, tools);

  test.each(cases)('$name', async (row) => {
    const target = await receiver(row.behave);
    const started = performance.now();
    const sent = await send(target.origin, row.deadline === 'short' ? impatient : patient);

    checkReport(sent, expected(channel.name, row), row.statusCode, performance.now() - started);
    await arrivedOnce(channel.name, target, sent);
  });

  test('a private target: whoever runs us may name one, users and subscribers may not', async () => {
    const target = await receiver((response) => response.writeHead(onlyYes[channel.name] ?? 200).end());
    const { outcome } = await send(target.origin, { ...patient, http: guarded });
    const named = channel.toSubscriptions || channel.recipient?.isUrl;
    const refused: Outcome = { type: 'refused', reason: 'forbidden_target' };
    expect(outcome).toEqual(named ? refused : { type: 'delivered' });
    expect(target.received).toHaveLength(named ? 0 : 1);
    await target.close();
  });

  test('429 with a date', async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const target = await receiver((response) => response.writeHead(429, { 'retry-after': inAMinute }).end());
    const { outcome } = await send(target.origin, patient);
    expect(outcome).toMatchObject({ type: 'retry', reason: 'rate_limited' });
    const { afterMs = 0 } = outcome as { afterMs?: number };
    expect(afterMs).toBeGreaterThan(30_000);
    expect(afterMs).toBeLessThanOrEqual(60_000);
    await target.close();
  });

  test('nobody listens', async () => {
    const sent = await send(await nobody(), patient);
    expect(sent).toMatchObject({
      outcome: { type: 'retry', reason: 'connection_refused' },
      statusCode: null,
    });
  });

  test('there is no such host', async () => {
    const sent = await send('http://receiver.invalid', patient);
    expect(sent).toMatchObject({ outcome: { type: 'retry', reason: 'dns_failed' }, statusCode: null });
  });

  test('does not speak TLS', async () => {
    const target = await receiver((response) => response.end());
    const sent = await send(target.origin.replace('http:', 'https:'), patient);
    expect(sent).toMatchObject({ outcome: { type: 'retry', reason: 'tls_failed' }, statusCode: null });
    await target.close();
  });
});

function sendVia(channel: Channel, name: string, origin: string, tools: Tools): Promise<Sent> {
  const settings = settingsFor[name];
  const address = addressFor[channel.name]?.(origin) ?? null;
  const { timeoutMs } = tools;
  const subscriber = channel.name === 'webhook' ? subscriberAt(`${origin}/hook`, { timeoutMs }) : null;
  if (settings)
    return channel.open(
      channel.settings.parse(settings(origin)),
      tools,
    )({ ...delivery, address, subscriber });
  throw new Error(
    `Add to settingsFor in ${import.meta.url}, or to smtpSettingsFor in smtp-behaviours.ts if it mails:\n  ${channel.name}: (origin) => ({ THE_VARIABLE_WITH_ITS_URL: origin }),`,
  );
}

/** One POST to the reported URL and nothing after it, no redirect followed, no connection left to a cut answer. */
async function arrivedOnce(channel: string, target: Receiver, sent: Sent): Promise<void> {
  const paths = target.received.map(({ method, path }) => `${method} ${target.origin}${path}`);
  const { reported = '', called = '' } = hiddenPaths[channel] ?? {};
  expect(paths).toEqual([`POST ${sent.targetUrl.replace(reported, called)}`]);
  const received = target.received[0];
  expect(received?.headers['idempotency-key']).toBe(delivery.id);
  expect(received?.headers['x-request-id']).toBe(delivery.correlationId);
  await target.close();
  await until(() => target.open() === 0);
}

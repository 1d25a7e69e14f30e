import type { Sent } from '@signalbox/domain';
import { createHttp } from '../src/http.js';
import { type Channel, channels } from '../src/index.js';
import { deliveryOf } from './delivery.js';
import { until } from './receiver.js';
import { checkReport } from './report.js';
import { type SmtpCase, smtpCases, smtpSettingsFor } from './smtp-behaviours.js';
import { type SmtpReceiver, tcpReceiver } from './smtp-receiver.js';
import { toolsWith } from './tools.js';

const list = channels.filter(({ name }) => name in smtpSettingsFor);
const delivery = deliveryOf('alerts/theft', { address: 'ben@example.com' });
const http = createHttp({ timeoutMs: 1_000 });

afterAll(() => http.close());

describe.each(list)('$name', (channel) => {
  test.each(smtpCases)('$name', async (row) => {
    const { url = (url: string) => url, outcome, statusCode, deadline } = row;
    const target = await row.receiver();
    const tools = toolsWith(http, deadline === 'short' ? 400 : 20_000);
    const started = performance.now();
    const sent = await sendVia(channel, url(target.url), tools);

    checkReport(sent, outcome, statusCode, performance.now() - started);
    arrivedOnce(target, sent, row);
    // What was given up is closed at once; what may be used again, with the process.
    if (deadline === 'short') await until(() => target.open() === 0);
    await tools.close();
    await until(() => target.open() === 0);
    await target.close();
  });

  test.each([
    ['nobody listens', nobody, 'connection_refused'],
    ['there is no such host', () => Promise.resolve('smtp://mail.invalid'), 'dns_failed'],
  ])('%s', async (_, url, reason) => {
    const tools = toolsWith(http);
    const sent = await sendVia(channel, await url(), tools);
    expect(sent).toMatchObject({ outcome: { type: 'retry', reason }, statusCode: null });
    await tools.close();
  });
});

function sendVia(channel: Channel, url: string, tools: ReturnType<typeof toolsWith>): Promise<Sent> {
  const settings = smtpSettingsFor[channel.name]?.(url);
  return channel.open(channel.settings.parse(settings), tools)(delivery);
}

async function nobody(): Promise<string> {
  const briefly = await tcpReceiver(() => undefined);
  await briefly.close();
  return briefly.url;
}

/** One connection, no more than one mail on it, and the report says where it went. */
function arrivedOnce(target: SmtpReceiver, sent: Sent, { arrives }: SmtpCase): void {
  expect(sent.targetUrl.replace(/^smtps?:/, '')).toBe(target.url.replace(/^smtps?:/, ''));
  expect(target.opened()).toBe(1);
  const expected = arrives ? [{ to: [delivery.address], secure: arrives === 'secure' }] : [];
  expect(target.received).toMatchObject(expected);
}

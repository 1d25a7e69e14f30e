import { normalizedEventSchema, toNormalizedEvent } from '@signalbox/domain';
import { createHttp } from '../src/http.js';
import { pagerduty } from '../src/pagerduty.js';
import { deliveryOf } from './delivery.js';
import { receiver } from './receiver.js';

test.each(['', '/', '/gateway', '/gateway/'])('the event goes to the destination below %j', async (base) => {
  const http = createHttp({ timeoutMs: 5_000 });
  const target = await receiver((response) => response.writeHead(202).end());
  const settings = pagerduty.settings.parse({ SIGNALBOX_URL: target.origin + base });
  const delivery = deliveryOf('stripe/payout_failed', { target: 'default' });
  const sent = await pagerduty.open(settings, http)(delivery);
  await Promise.all([target.close(), http.close()]);

  expect(sent.outcome).toEqual({ type: 'delivered' });
  expect(target.received[0]?.path).toBe(`${base.replace(/\/$/, '')}/destinations/pagerduty`);
  const event = normalizedEventSchema.parse(JSON.parse(String(target.received[0]?.body)));
  expect(event).toEqual(toNormalizedEvent(delivery.signal));
});

test('without a setting it is the API on this machine', () => {
  expect(pagerduty.settings.parse({})).toEqual({ SIGNALBOX_URL: 'http://127.0.0.1:3000' });
});

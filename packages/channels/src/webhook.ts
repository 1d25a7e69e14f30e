import {
  type Delivery,
  type Subscriber,
  signHub,
  signStandardWebhook,
  withoutForbidden,
} from '@signalbox/domain';
import { z } from 'zod';
import type { Channel } from './channel.js';
import { deliveryHeaders } from './delivery-headers.js';
import { withoutValues } from './quoted.js';
import { report } from './verdict.js';

const settings = z.object({});

/** Sends a subscriber its bytes, untouched and signed. Source: requirements W3, W4 and W9. */
export const webhook = {
  name: 'webhook',
  settings,
  toSubscriptions: true,
  open(_, { http }) {
    return async (delivery) => {
      const subscriber = subscriberOf(delivery);
      const { url, body, timeoutMs, allowHttp } = subscriber;
      // Ours come last, so they win. To spread so many names into one object would take 7 µs longer.
      const headers = Object.assign(
        withoutForbidden(subscriber.headers),
        deliveryHeaders(delivery),
        aboutSignal(delivery),
        sign(delivery.id, subscriber),
      );
      const result = await http.post({ url, headers, body, timeoutMs, allowHttp });
      return report(url, withoutValues(result, subscriber.headers));
    };
  },
} as const satisfies Channel<typeof settings>;

function subscriberOf({ id, subscriber }: Delivery): Subscriber {
  if (subscriber === null) throw new Error(`Delivery ${id} names no subscriber to send to.`);
  return subscriber;
}

function aboutSignal({ signalId, attempt, signal }: Delivery): Record<string, string> {
  return {
    'x-signalbox-signal': signalId,
    // Not every source keeps to what a header may hold. A plain type such as `order.created` stays as it is.
    'x-signalbox-event-type': encodeURI(signal.eventType),
    'x-signalbox-attempt': String(attempt),
    ...(signal.testMode && { 'x-signalbox-test': 'true' }),
  };
}

/** The id and the time go along without a secret too: receivers tell repetitions by the id. */
function sign(id: string, { secrets, body, hubSignature }: Subscriber): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const { 'webhook-signature': signature, ...rest } = signStandardWebhook(secrets, id, now, body);
  const [first] = secrets;
  if (first === undefined) return rest;
  // The key is the secret's text as the receiver was given it, `whsec_` included: GitHub knows no other form of a secret.
  // There is room for one signature only, so while a secret is rotated the newest signs.
  const hub = hubSignature ? { 'x-hub-signature-256': signHub(first, body) } : {};
  return { ...rest, 'webhook-signature': signature, ...hub };
}

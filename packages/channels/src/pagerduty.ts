import { type Outcome, toNormalizedEvent } from '@signalbox/domain';
import { z } from 'zod';
import type { Channel } from './channel.js';
import { deliveryHeaders } from './delivery-headers.js';
import type { HttpResult } from './http.js';
import { serviceUrl } from './service-url.js';
import { judge, report } from './verdict.js';

const settings = z.object({
  SIGNALBOX_URL: serviceUrl('the URL of our own API, such as http://127.0.0.1:3000').default(
    'http://127.0.0.1:3000',
  ),
});

/** Pages whoever is on call, by way of the destination our own API plays. Source: requirement V4. */
export const pagerduty = {
  name: 'pagerduty',
  settings,
  open({ SIGNALBOX_URL }, http) {
    const url = mockUrl(SIGNALBOX_URL);
    return async (delivery) => {
      const body = JSON.stringify(toNormalizedEvent(delivery.signal));
      const result = await http.post({ url, headers: deliveryHeaders(delivery), body });
      return report(url, result, verdict(result));
    };
  },
} as const satisfies Channel<typeof settings>;

function mockUrl(base: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/destinations/pagerduty`;
  return url.href;
}

/** 400 says that the event itself is no good, so that sending it again would not help. */
function verdict(result: HttpResult): Outcome {
  return result.ok && result.statusCode === 400 ? { type: 'refused', reason: 'client_error' } : judge(result);
}

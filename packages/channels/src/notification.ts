import { type Delivery, type SignatureHeaders, signStandardWebhook } from '@signalbox/domain';
import { z } from 'zod';
import { alertOf } from './alert.js';
import type { Channel } from './channel.js';
import { deliveryHeaders } from './delivery-headers.js';
import { serviceUrl } from './service-url.js';
import { report } from './verdict.js';

const settings = z.object({
  NOTIFICATION_SERVICE_URL: serviceUrl(
    'the URL of the service that tells users about alerts, such as https://notify.example.com',
  ).transform(withPath),
  NOTIFICATION_SECRET: z.string().optional().transform(secrets),
});

/** Tells one user of a store, through the notification service, of an alert there. Source: requirement S5. */
export const notification = {
  name: 'notification',
  settings,
  recipient: { label: 'Notification service', address: null, example: '' },
  open({ NOTIFICATION_SERVICE_URL: url, NOTIFICATION_SECRET: secrets }, { operatorHttp: http }) {
    return async (delivery) => {
      const body = toBody(delivery);
      const headers = {
        ...deliveryHeaders(delivery),
        ...mark(delivery),
        ...sign(secrets, delivery.id, body),
      };
      return report(url, await http.post({ url, headers, body }));
    };
  },
} as const satisfies Channel<typeof settings>;

/** A service named without a path is called at its customary one. */
function withPath(text: string): string {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/webhook/notifications';
  return url.href;
}

/** Reads the list of signing secrets; several, parted by commas, sign side by side while one is rotated. */
function secrets(text: string | undefined, context: z.RefinementCtx): string[] {
  const list = (text ?? '')
    .split(',')
    .map((secret) => secret.trim())
    .filter(Boolean);
  if (list.every(isSecret)) return list;
  context.addIssue({
    code: 'custom',
    message: 'must be "whsec_" and the base64 of at least 16 bytes, or several of these parted by commas',
  });
  return z.NEVER;
}

function isSecret(secret: string): boolean {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1] ?? '';
  return Buffer.from(base64, 'base64').length >= 16;
}

function toBody(delivery: Delivery): string {
  const { url, alert_uuid, location, label } = alertOf(delivery);
  return JSON.stringify({ url, alert_uuid, location, label, target_user_id: delivery.target });
}

/** The body has room for nothing else (S5), so a drill is told apart by a header. */
function mark({ signal }: Delivery): Record<string, string> {
  return signal.testMode ? { 'x-signalbox-test': 'true' } : {};
}

function sign(secrets: readonly string[], id: string, body: string): SignatureHeaders | null {
  if (secrets.length === 0) return null;
  return signStandardWebhook(secrets, id, Math.floor(Date.now() / 1000), body);
}

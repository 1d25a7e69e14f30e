import { createHmac, randomUUID } from 'node:crypto';
import { developmentStripeSecret, given } from './environment.js';

/** How one sender of the outside world posts: adding one is one entry in `senders`. */
export interface Sender {
  /** where it posts to; `{subscription}` in it stands for the id of one */
  path: string;
  /** gives a fixture an id nobody has seen; left out where each request is a new one anyway */
  renew?(body: Record<string, unknown>): Record<string, unknown>;
  /** the headers that prove who sent it */
  sign(body: string, env: NodeJS.ProcessEnv): Record<string, string>;
}

/** By the name of their folder in `fixtures/`. */
export const senders: Record<string, Sender> = {
  stripe: {
    path: '/ingest/stripe',
    renew: (body) => ({ ...body, id: `evt_${randomUUID().replaceAll('-', '')}` }),
    sign: signStripe,
  },
  alerts: {
    path: '/webhooks/alerts/',
    renew: (body) => ({ ...body, alert_uuid: randomUUID() }),
    sign: (body, env) => signHub(body, env.ALERTS_SECRET),
  },
  events: {
    path: '/events',
    renew: (body) => ({ ...body, id: randomUUID() }),
    sign: () => ({}),
  },
  webhook: {
    path: '/ingest/{subscription}',
    sign: (body, env) => signHub(body, env.INGEST_SECRET),
  },
};

/** Stripe keys the HMAC with the whole secret as text, `whsec_` included. */
function signStripe(body: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const secret = given(env.STRIPE_WEBHOOK_SECRET)?.trim() ?? developmentStripeSecret;
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'stripe-signature': `t=${timestamp},v1=${signature}` };
}

function signHub(body: string, secretOrNothing: string | undefined): Record<string, string> {
  const secret = given(secretOrNothing)?.trim();
  if (secret === undefined) return {};
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}

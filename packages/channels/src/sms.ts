import type { Reason, Sent } from '@signalbox/domain';
import { z } from 'zod';
import type { Channel } from './channel.js';
import { deliveryHeaders } from './delivery-headers.js';
import { referenceOf, smsText } from './sms-text.js';
import { twilioAccount, twilioSettings } from './twilio-account.js';
import { createMessage, findMessage } from './twilio-messages.js';
import { report } from './verdict.js';

/** Sends an alert to the phone of one user of a store, through Twilio. Source: requirement S8. */
export const sms = {
  name: 'sms',
  settings: twilioSettings,
  recipient: {
    label: 'SMS',
    address: z.string().regex(/^\+[1-9]\d{6,14}$/, {
      error: 'must be a phone number with its country code and without spaces, such as +33612345678',
    }),
    example: '+33612345678',
  },
  open(settings, { operatorHttp: http, timeoutMs }) {
    const account = twilioAccount(settings);
    return async (delivery) => {
      if (!account) return { ...refused('not_configured'), responseExcerpt: notSet };
      if (!delivery.address) return refused('invalid_recipient');
      const deadline = performance.now() + timeoutMs;
      const message = {
        to: delivery.address,
        text: smsText(delivery),
        reference: referenceOf(delivery),
        headers: deliveryHeaders(delivery),
      };
      // Twilio takes no idempotency key, so a message that may have been sent is asked for before it is repeated.
      const sent = delivery.again ? await findMessage(account, http, message, timeoutMs / 2) : null;
      return sent ?? createMessage(account, http, message, deadline - performance.now());
    };
  },
} as const satisfies Channel<typeof twilioSettings>;

const notSet =
  'TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM are not all set for the worker, so nothing can be sent by SMS.';

/** Nothing was sent, and the user's next channel takes over. */
function refused(reason: Reason): Sent {
  return report('', { ok: false, reason }, { type: 'refused', reason });
}

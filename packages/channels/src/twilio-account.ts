import { z } from 'zod';
import { serviceUrl } from './service-url.js';

/** What we are told of an account; without the first three there is none. */
export const twilioSettings = z.object({
  TWILIO_ACCOUNT_SID: z
    .string()
    .trim()
    .regex(/^AC[0-9a-f]{32}$/, { error: 'must be the SID of a Twilio account: AC and 32 hexadecimal digits' })
    .optional(),
  TWILIO_AUTH_TOKEN: z.string().trim().optional(),
  TWILIO_FROM: z
    .string()
    .trim()
    .regex(/^(\+[1-9]\d{6,14}|MG[0-9a-f]{32})$/, {
      error:
        'must be a number of the Twilio account, such as +33612345678, or the SID of a messaging service: MG and 32 hexadecimal digits',
    })
    .optional(),
  TWILIO_URL: serviceUrl("the URL of Twilio's REST API, such as https://api.twilio.com").default(
    'https://api.twilio.com',
  ),
});

/** An account with Twilio, and what we send from. */
export interface TwilioAccount {
  /** Its messages: a POST makes one, a GET lists them. */
  messagesUrl: string;
  /** The same without the account, for reports. */
  reportedUrl: string;
  authorization: string;
  /** The form field that says what we send from. */
  sender: Record<string, string>;
  /** What must not be in a report. */
  secrets: readonly string[];
}

/** null where we were not told enough of it. */
export function twilioAccount(settings: z.infer<typeof twilioSettings>): TwilioAccount | null {
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token, TWILIO_FROM: from } = settings;
  if (!sid || !token || !from) return null;
  const base = settings.TWILIO_URL.replace(/\/+$/, '');
  const credentials = Buffer.from(`${sid}:${token}`).toString('base64');
  return {
    messagesUrl: `${base}/2010-04-01/Accounts/${sid}/Messages.json`,
    reportedUrl: `${base}/2010-04-01/Accounts/…/Messages.json`,
    authorization: `Basic ${credentials}`,
    sender: from.startsWith('+') ? { From: from } : { MessagingServiceSid: from },
    secrets: [token, credentials],
  };
}

import type { Delivery, Sent } from '@signalbox/domain';
import { z } from 'zod';
import type { Channel } from './channel.js';
import { type Mailbox, toMessage } from './email-message.js';
import {
  type Destination,
  failureAnswer,
  judgeFailure,
  report,
  type SmtpError,
  withPlaceholders,
} from './smtp-outcome.js';
import { openTransport } from './smtp-transport.js';
import { credentials, shownUrl, smtpUrl } from './smtp-url.js';

const settings = z.object({
  SMTP_URL: smtpUrl.optional(),
  EMAIL_FROM: z.string().default('Signalbox <signalbox@localhost>').transform(toMailbox),
});

/** Mails a user of a store about an alert there, through the mail server of whoever runs us. Source: requirement S8. */
export const email = {
  name: 'email',
  settings,
  recipient: {
    label: 'Email',
    address: z.email('must be an email address').max(254, 'must be at most 254 characters long'),
    example: 'ana@example.com',
  },
  open({ SMTP_URL: url, EMAIL_FROM: from }, tools) {
    if (url === undefined) return () => Promise.resolve(notConfigured);
    const targetUrl = shownUrl(url);
    const logins = credentials(url).map((secret) => [secret, '[login]'] as const);
    let transport: ReturnType<typeof openTransport> | undefined;
    return async (delivery) => {
      const signal = AbortSignal.timeout(tools.timeoutMs);
      const address = addressOf(delivery);
      const mail = { ...toMessage(delivery, from), to: { name: '', address }, signal };
      const destination = { targetUrl, placeholders: new Map([[address, '[recipient]'], ...logins]) };
      transport ??= openTransport(url, tools);
      return (await transport).sendMail(mail).then(
        ({ response }) => report({ type: 'delivered' }, response, destination),
        (error: Error & SmtpError) => failure(error, destination),
      );
    };
  },
} as const satisfies Channel<typeof settings>;

const notConfigured: Sent = {
  outcome: { type: 'refused', reason: 'not_configured' },
  targetUrl: '',
  statusCode: null,
  responseExcerpt: 'SMTP_URL is not set for the worker, so nothing can be mailed.',
};

function addressOf({ id, address }: Delivery): string {
  if (!address) throw new Error(`Delivery ${id} names no address to mail to.`);
  return address;
}

function failure(error: Error & SmtpError, destination: Destination): Sent {
  const outcome = judgeFailure(error);
  if (outcome) return report(outcome, failureAnswer(error), destination);
  // nodemailer's own error may carry the address in more than its words.
  const stack = withPlaceholders(error.stack ?? '', destination);
  throw Object.assign(new Error(withPlaceholders(error.message, destination)), { stack });
}

/** Reads `Signalbox <alerts@example.com>` or the address alone. */
function toMailbox(text: string, context: z.RefinementCtx): Mailbox {
  const [, name = '', address = ''] = /^(?:([^<>\p{Cc}]*)<)?([\w.+-]+@[A-Za-z0-9.-]+)>?$/u.exec(text) ?? [];
  if (address !== '' && text.includes('<') === text.endsWith('>'))
    return { name: name.trim().replace(/^"(.*)"$/, '$1'), address };
  context.addIssue({
    code: 'custom',
    message: 'must be who the mails are from, such as Signalbox <alerts@example.com>',
  });
  return z.NEVER;
}

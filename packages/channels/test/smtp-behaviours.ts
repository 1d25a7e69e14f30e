import type { Socket } from 'node:net';
import type { Outcome, Reason } from '@signalbox/domain';
import type { SMTPServerOptions } from 'smtp-server';
import { type SmtpBehaviour, type SmtpReceiver, smtpReceiver, tcpReceiver } from './smtp-receiver.js';

/** How each channel that mails is told where its mail server is; the others are in `settingsFor` (conformance.test.ts). */
export const smtpSettingsFor: Record<string, (url: string) => Record<string, string>> = {
  email: (url) => ({ SMTP_URL: url }),
};

/** How a mail server may behave, and what every channel that mails has to make of it. */
export interface SmtpCase {
  name: string;
  receiver: () => Promise<SmtpReceiver>;
  /** What is done to the receiver's URL before it becomes the channel's. */
  url?: (url: string) => string;
  outcome: Outcome;
  statusCode: number | null;
  /** It takes the mail: in the clear, or over TLS. */
  arrives?: 'clear' | 'secure';
  /** It has no end in time, so the channel has to cut it. */
  deadline?: 'short';
}

const delivered: Outcome = { type: 'delivered' };
const retry = (reason: Reason): Outcome => ({ type: 'retry', reason });
const refused = (reason: Reason): Outcome => ({ type: 'refused', reason });

type Step = 'onConnect' | 'onAuth' | 'onMailFrom' | 'onRcptTo' | 'onData';

/** A server that answers one step with an error such as `550 5.1.1 No such user`. */
function answers(step: Step, reply: string, outcome: Outcome): SmtpCase {
  const responseCode = Number.parseInt(reply, 10);
  const error = Object.assign(new Error(reply.slice(4)), { responseCode });
  const options: Record<Step, SMTPServerOptions> = {
    onConnect: { onConnect: (_, callback) => callback(error) },
    onAuth: { onAuth: (_, __, callback) => callback(error) },
    onMailFrom: { onMailFrom: (_, __, callback) => callback(error) },
    onRcptTo: { onRcptTo: (_, __, callback) => callback(error) },
    onData: { onData: (stream, _, callback) => stream.on('end', () => callback(error)).resume() },
  };
  return {
    name: `${reply} to ${step}`,
    receiver: () => smtpReceiver(() => options[step]),
    url: withLogin,
    outcome,
    statusCode: responseCode,
  };
}

function withLogin(url: string): string {
  return url.replace('//', '//ana:secret@');
}

/** One that takes the mail, or breaks on the way there. */
function server(behave: SmtpBehaviour, rest: Omit<SmtpCase, 'receiver'>): SmtpCase {
  return { receiver: () => smtpReceiver(behave), ...rest };
}

function tcp(behave: (socket: Socket) => void, rest: Omit<SmtpCase, 'receiver' | 'statusCode'>): SmtpCase {
  return { receiver: () => tcpReceiver(behave), statusCode: null, ...rest };
}

const answered: SmtpCase[] = [
  server(() => ({}), { name: 'accepts', outcome: delivered, statusCode: 250, arrives: 'clear' }),
  server(() => ({ hidePIPELINING: true }), {
    name: 'accepts, one command after the other',
    outcome: delivered,
    statusCode: 250,
    arrives: 'clear',
  }),
  server(() => ({ onRcptTo: (_, __, callback) => void setTimeout(callback, 300) }), {
    name: 'accepts slowly',
    outcome: delivered,
    statusCode: 250,
    arrives: 'clear',
  }),
  answers('onConnect', '421 4.7.0 Too many connections', retry('rate_limited')),
  answers('onConnect', '554 5.7.1 Your network is on our list', retry('client_error')),
  answers('onAuth', '454 4.7.0 Try later', retry('server_error')),
  answers('onAuth', '535 5.7.8 Wrong user name or password', retry('client_error')),
  answers('onMailFrom', '451 4.3.0 Local error', retry('rate_limited')),
  answers('onMailFrom', '530 5.7.0 Log in first', retry('client_error')),
  answers('onMailFrom', '550 5.1.8 Your domain does not exist', retry('client_error')),
  answers('onRcptTo', '421 4.3.2 Shutting down', retry('rate_limited')),
  answers('onRcptTo', '450 4.2.0 Greylisted', retry('rate_limited')),
  answers('onRcptTo', '452 4.5.3 Too many recipients', retry('rate_limited')),
  answers('onRcptTo', '550 5.1.1 No such user', refused('invalid_recipient')),
  answers('onRcptTo', '550 No such user', refused('invalid_recipient')),
  answers('onRcptTo', '553 5.1.3 No such address', refused('invalid_recipient')),
  answers('onRcptTo', '554 5.7.1 Relay access denied', retry('client_error')),
  answers('onData', '451 4.7.1 Greylisted', retry('rate_limited')),
  answers('onData', '552 5.3.4 Too large', refused('client_error')),
  answers('onData', '554 5.6.0 Looks like spam', refused('client_error')),
];

const encryption: SmtpCase[] = [
  server(() => ({ disabledCommands: [] }), {
    name: 'a certificate nobody vouches for, after STARTTLS',
    outcome: retry('tls_failed'),
    statusCode: null,
  }),
  server(() => ({ disabledCommands: [] }), {
    name: 'a certificate that need not be vouched for, after STARTTLS',
    url: (url) => `${url}?requireTLS=true&tls.rejectUnauthorized=false`,
    outcome: delivered,
    statusCode: 250,
    arrives: 'secure',
  }),
  server(() => ({}), {
    name: 'no STARTTLS where it is required',
    url: (url) => `${url}?requireTLS=true`,
    outcome: retry('tls_failed'),
    statusCode: 500,
  }),
  server(() => ({ secure: true }), {
    name: 'a certificate nobody vouches for, from the start',
    outcome: retry('tls_failed'),
    statusCode: null,
  }),
  server(() => ({ secure: true }), {
    name: 'a certificate that need not be vouched for, from the start',
    url: (url) => `${url}?tls.rejectUnauthorized=false`,
    outcome: delivered,
    statusCode: 250,
    arrives: 'secure',
  }),
  server(() => ({}), {
    name: 'does not speak TLS',
    url: (url) => url.replace('smtp:', 'smtps:'),
    outcome: retry('tls_failed'),
    statusCode: null,
  }),
];

const slowness: SmtpCase[] = [
  server(() => ({ onConnect: () => undefined }), {
    name: 'hangs before its greeting',
    outcome: retry('timeout'),
    statusCode: null,
    deadline: 'short',
  }),
  tcp((socket) => socket.write('220 mail.example.com\r\n'), {
    name: 'hangs after its greeting',
    outcome: retry('timeout'),
    deadline: 'short',
  }),
  server(() => ({ onRcptTo: () => undefined }), {
    name: 'hangs at the recipient',
    outcome: retry('timeout'),
    statusCode: null,
    deadline: 'short',
  }),
  server(() => ({ onData: (stream) => stream.resume() }), {
    name: 'hangs after the message',
    outcome: retry('timeout'),
    statusCode: null,
    deadline: 'short',
  }),
  tcp(
    (socket) => {
      // It goes on where we only say that we have nothing more to say.
      socket.allowHalfOpen = true;
      const trickle = setInterval(() => socket.write('220-please wait\r\n'), 20);
      socket.on('close', () => clearInterval(trickle));
    },
    { name: 'a greeting that trickles', outcome: retry('timeout'), deadline: 'short' },
  ),
];

const breaks: SmtpCase[] = [
  tcp((socket) => socket.resetAndDestroy(), {
    name: 'resets the connection',
    outcome: retry('connection_reset'),
  }),
  tcp((socket) => socket.end(), { name: 'closes without a greeting', outcome: retry('connection_reset') }),
  server((cut) => ({ onData: (stream) => stream.on('end', cut).resume() }), {
    name: 'resets the connection after the message',
    outcome: retry('connection_reset'),
    statusCode: null,
  }),
  tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), {
    name: 'does not speak SMTP',
    outcome: retry('connection_failed'),
  }),
  tcp((socket) => flood(socket, 'x'.repeat(16 * 1024)), {
    name: 'a line without an end',
    outcome: retry('connection_failed'),
  }),
  tcp((socket) => flood(socket, '220-more to come\r\n'.repeat(1024)), {
    name: 'a greeting without an end',
    outcome: retry('connection_failed'),
  }),
];

function flood(socket: Socket, chunk: string): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pour);
  pour();
}

export const smtpCases: SmtpCase[] = [...answered, ...encryption, ...slowness, ...breaks];

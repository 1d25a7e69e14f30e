import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  /** From the envelope. */
  from: string;
  to: string[];
  raw: string;
  secure: boolean;
  /** As whom the sender logged in. */
  user: string | undefined;
}

export interface SmtpReceiver {
  /** Such as `smtp://127.0.0.1:2525`. */
  url: string;
  received: ReceivedMail[];
  /** How many connections are open. */
  open(): number;
  /** How many were ever opened. */
  opened(): number;
  close(): Promise<void>;
}

/** What a mail server does in its own way; `cut` resets every connection to it. */
export type SmtpBehaviour = (cut: () => void) => SMTPServerOptions;

/** A mail server on a free port of the loopback interface that behaves as told. TLS is off unless told otherwise. */
export async function smtpReceiver(behave: SmtpBehaviour = () => ({})): Promise<SmtpReceiver> {
  const received: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    logger: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({ username }, _, callback) => callback(null, { user: username }),
    onData(stream, { envelope, secure, user }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        const to = envelope.rcptTo.map(({ address }) => address);
        const raw = Buffer.concat(chunks).toString();
        received.push({ from, to, raw, secure, user: user as string | undefined });
        callback(null, '2.0.0 Queued');
      });
    },
    ...behave(() => cut(sockets)),
  });
  server.on('error', ignoreCut);
  return { received, ...(await listen(server.server, sockets, server.options.secure ? 'smtps' : 'smtp')) };
}

/** What is no mail server, or only the beginning of one. */
export async function tcpReceiver(behave: (socket: Socket) => void): Promise<SmtpReceiver> {
  const server = createServer((socket) => {
    // Who does not listen is not told of the end either.
    socket.resume();
    behave(socket);
  });
  return { received: [], ...(await listen(server, new Set(), 'smtp')) };
}

async function listen(server: Server, sockets: Set<Socket>, scheme: string) {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', ignoreCut);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    // Not told by its "close" event: a socket that was wrapped by STARTTLS has none.
    open: () => [...sockets].filter(({ destroyed }) => !destroyed).length,
    opened: () => sockets.size,
    close: () => stop(server, sockets),
  };
}

function cut(sockets: Set<Socket>): void {
  for (const socket of sockets) socket.resetAndDestroy();
}

/** A sender that gives up, that does not trust our certificate, or that speaks TLS unasked is part of some tests. */
function ignoreCut(error: NodeJS.ErrnoException): void {
  if (!/^(ECONNRESET|EPIPE|ERR_SSL_\w+|SocketError)$/.test(error.code ?? '')) throw error;
}

async function stop(server: Server, sockets: Set<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  cut(sockets);
  await closed;
}

import type { Tools } from './channel.js';

/**
 * Opens a pool of connections to a mail server, which connects when there is a mail to send. nodemailer is loaded
 * here and not before: most processes that know this channel never mail.
 */
export async function openTransport(
  url: string,
  { timeoutMs, onClose }: Pick<Tools, 'timeoutMs' | 'onClose'>,
) {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    pool: true,
    // An option in the URL goes before.
    url,
    maxConnections: 10,
    // A mail whose connection breaks has failed, and waits for its turn like any other.
    maxRequeues: 0,
    // Mail servers close what is idle for long; a mail that crosses this close fails, so we close first.
    idleTimeout: 4_000,
    // The deadline of a mail covers everything but what follows a refused one (RSET) and the last one (QUIT).
    socketTimeout: timeoutMs,
    // Given up means closed, not half closed for as long as the server likes.
    socketCloseTimeout: 0,
    maxResponseSize: 64 * 1024,
  });
  onClose(() => transport.close({ force: true }));
  return transport;
}

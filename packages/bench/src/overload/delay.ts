import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Closing } from '../closing.js';

/**
 * Makes a server slow: stands before it, and lets everything that is sent to it arrive later.
 * @returns the URL to connect to instead
 */
export async function delayed(url: string, delayMs: number, closing: Closing): Promise<string> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      // Whoever is killed or stopped breaks connections off; both ends hear of it.
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    client.on('data', (chunk) => setTimeout(() => upstream.write(chunk), delayMs));
    client.on('close', () => setTimeout(() => upstream.destroy(), delayMs));
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.add(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const slow = new URL(url);
  slow.port = String((server.address() as AddressInfo).port);
  return slow.href;
}

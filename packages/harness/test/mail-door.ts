import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A mail server that lets nobody in, and quotes the login it was given. */
export interface MailDoor {
  port: number;
  close: () => Promise<void>;
}

export async function openMailDoor(): Promise<MailDoor> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that is killed resets its connection.
    socket.on('error', () => socket.destroy());
    socket.write('220 ready\r\n');
    socket.on('data', (data) => socket.write(answer(data.toString().trim())));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(line: string): string {
  if (/^EHLO/i.test(line)) return '250-ready\r\n250 AUTH PLAIN\r\n';
  if (/^AUTH/i.test(line)) return `535 5.7.8 not with ${line}\r\n`;
  return /^QUIT/i.test(line) ? '221 bye\r\n' : '250 ok\r\n';
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What a link does with what is sent: hands it on, hands nothing on (whoever waits goes on waiting), or refuses.
 */
export type LinkState = 'open' | 'silent' | 'cut';

/** A TCP connection's way through us, which can be made to fail as networks do. */
export interface Link {
  readonly port: number;
  /** `cut` breaks what is connected. Back to `open`, what was held back by `silent` goes on. */
  readonly set: (state: LinkState) => void;
  /** What passes from now on does so later. Unit: ms, each way. */
  readonly delay: (ms: number) => void;
  /**
   * Forgets all connections without a word to the client's side, as a router that restarts does: whoever uses one
   * waits for ever. The server's side is closed, new connections are served.
   */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
}

/** Listens on a port of 127.0.0.1 the system picks, for the server at `targetPort`. */
export async function openLink(targetPort: number): Promise<Link> {
  const pairs = new Set<Pair>();
  const forgotten = new Set<Socket>();
  let state: LinkState = 'open';
  let delayMs = 0;
  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
    if (state === 'cut') return void client.destroy();
    const pair = { client, server: connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true }) };
    pairs.add(pair);
    joined(
      pair,
      () => delayMs,
      () => pairs.delete(pair),
    );
    (state === 'open' ? resume : pause)(pair);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    set: (next) => {
      state = next;
      for (const pair of pairs) (next === 'cut' ? destroy : next === 'open' ? resume : pause)(pair);
    },
    delay: (ms) => {
      delayMs = ms;
    },
    forget: () => {
      for (const pair of pairs) forgotten.add(forget(pair, () => pairs.delete(pair)));
    },
    close: async () => {
      listener.close();
      for (const pair of pairs) destroy(pair);
      for (const socket of forgotten) socket.destroy();
      await once(listener, 'close');
    },
  };
}

function joined(pair: Pair, delayMs: () => number, onEnd: () => void): void {
  const { client, server } = pair;
  pass(client, server, delayMs);
  pass(server, client, delayMs);
  for (const socket of [client, server]) {
    // Whichever side breaks, the other hears of it by its own connection's end.
    socket.on('error', () => destroy(pair));
    socket.on('close', () => {
      onEnd();
      // What was held back for the other side is still to arrive there.
      setTimeout(() => destroy(pair), delayMs());
    });
  }
}

function pass(from: Socket, to: Socket, delayMs: () => number): void {
  const waiting: (() => void)[] = [];
  let last = 0;
  // What was sent first arrives first, also when the delay has become shorter since.
  const later = (what: () => void) => {
    last = Math.max(last, performance.now() + delayMs());
    const ms = last - performance.now();
    if (waiting.length === 0 && ms <= 0) return what();
    waiting.push(what);
    setTimeout(() => waiting.shift()?.(), ms);
  };
  from.on('data', (chunk: Buffer) => later(() => void (to.destroyed || to.write(chunk))));
  from.on('end', () => later(() => void (to.destroyed || to.end())));
}

function forget({ client, server }: Pair, onEnd: () => void): Socket {
  onEnd();
  for (const socket of [client, server]) {
    socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
  }
  server.destroy();
  // It swallows what is written to it, and answers nothing.
  client.resume();
  return client;
}

function pause({ client, server }: Pair): void {
  client.pause();
  server.pause();
}

function resume({ client, server }: Pair): void {
  client.resume();
  server.resume();
}

function destroy({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}

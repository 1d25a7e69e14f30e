import { connect } from 'node:net';

/** What a server answered to bytes; null where it closed the connection without a word. */
export interface WireAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

/** A request as it goes over the wire; whoever writes it may break every rule. */
export interface WireRequest {
  method: string;
  /** Path and query as they are sent. */
  target: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Buffer;
}

/** A request with the headers that a server needs to answer it and to close the connection then. */
export function wireBytes({ method, target, headers, body }: WireRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, 'host: signalbox', 'connection: close'];
  const given = headers.map(([name, value]) => `${name}: ${value}`);
  const head = [...lines, ...given, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

const deadlineMs = 10_000;

/**
 * Sends bytes over a connection of their own, and reads until the server closes it. Rejects when that takes longer than
 * 10 s: it hangs.
 * @param endFirst says that no more will come, soon after the last byte; a server that waits for more then hangs up
 */
export function exchange(port: number, bytes: Buffer, { endFirst = false } = {}): Promise<WireAnswer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let ending: NodeJS.Timeout | undefined;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      if (endFirst) ending = setTimeout(() => socket.end(), 5);
    });
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end within ${deadlineMs} ms of ${bytes.toString('latin1')}`));
    }, deadlineMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that has answered need not read the rest.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      clearTimeout(ending);
      clearTimeout(late);
      resolve(readAnswer(Buffer.concat(chunks)));
    });
  });
}

function readAnswer(bytes: Buffer): WireAnswer | null {
  if (bytes.length === 0) return null;
  const text = bytes.toString('utf8');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]),
    headers: Object.fromEntries(headers),
    body: rest.join('\r\n\r\n'),
  };
}

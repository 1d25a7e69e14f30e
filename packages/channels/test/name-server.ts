import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What a name server knows of a name; `hangs`: it never answers for it. */
export type Entry = { v4?: number[][]; v6?: number[][] } | 'hangs';

/** A name server on the loopback interface. What it does not know does not exist. */
export async function nameServer(entries: (name: string) => Entry | undefined) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    asked.push(name);
    const entry = entries(name);
    if (entry === 'hangs') return;
    const found = (type === 1 ? entry?.v4 : entry?.v6) ?? [];
    socket.send(answer(query.subarray(0, end), type, found, entry !== undefined), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const close = async () => {
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  };
  return { server: `127.0.0.1:${socket.address().port}`, asked, close };
}

/** Source: RFC 1035 §4.1.2. */
function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** Source: RFC 1035 §4.1.1 and §4.1.3; an address is a record of 60 s that refers to the name of the question. */
function answer(question: Buffer, type: number, addresses: number[][], exists: boolean): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(exists ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.fill(0, 8, 12);
  const records = addresses.map((bytes) =>
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes]),
  );
  return Buffer.concat([head, ...records]);
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from '../eventually.js';
import { type Link, openLink } from './proxy.js';

let server: Server;
let link: Link;
const served = new Set<Socket>();

beforeEach(async () => {
  server = createServer((socket) => {
    served.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => served.delete(socket));
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  link = await openLink((server.address() as AddressInfo).port);
});

afterEach(async () => {
  await link.close();
  for (const socket of served) socket.destroy();
  server.close();
  await once(server, 'close');
});

/** A client of the echo behind the link. */
function client() {
  const socket = connect(link.port, '127.0.0.1');
  const seen = { text: '', closed: false };
  socket.on('data', (chunk: Buffer) => {
    seen.text += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    seen.closed = true;
  });
  return { socket, seen };
}

async function connected() {
  const one = client();
  one.socket.write('a');
  await eventually(() => one.seen.text === 'a');
  return one;
}

test('what is sent arrives on the other side, and so does the end', async () => {
  const { socket, seen } = await connected();
  socket.end('bc');
  await once(socket, 'close');
  expect(seen).toEqual({ text: 'abc', closed: true });
  await eventually(() => served.size === 0);
});

test('cut: who is connected is thrown out, who comes is refused, until it is open again', async () => {
  const { seen } = await connected();
  link.set('cut');
  await eventually(() => seen.closed && served.size === 0);
  const late = client();
  await eventually(() => late.seen.closed);
  link.set('open');
  await connected();
});

test('silent: nothing passes, for those who come either; open again, it all arrives', async () => {
  const { socket, seen } = await connected();
  link.set('silent');
  socket.write('b');
  const late = client();
  late.socket.write('x');
  await eventually(() => served.size === 2);
  link.set('open');
  await eventually(() => seen.text === 'ab' && late.seen.text === 'x');
});

test('forget: the server sees the end, the client sees nothing, and who comes is served', async () => {
  const { socket, seen } = await connected();
  link.forget();
  await eventually(() => served.size === 0);
  socket.write('b');
  await connected();
  expect(socket.destroyed).toBe(false);
  expect(seen).toEqual({ text: 'a', closed: false });
  socket.destroy();
});

test('slow: everything arrives late, and in order, also when it becomes fast again', async () => {
  const { socket, seen } = await connected();
  const started = performance.now();
  link.delay(100);
  socket.write('b');
  await eventually(() => seen.text === 'ab', { everyMs: 5 });
  expect(performance.now() - started).toBeGreaterThanOrEqual(199);
  socket.write('c');
  await eventually(() => served.size === 1);
  link.delay(0);
  socket.write('d');
  await eventually(() => seen.text === 'abcd');
});

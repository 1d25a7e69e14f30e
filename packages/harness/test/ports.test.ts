import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { freePort } from '../src/ports.js';

describe('freePort', () => {
  it('gives the preferred port when nobody has it', async () => {
    const port = await freePort();
    expect(await freePort(port)).toBe(port);
  });

  it('gives another when somebody has it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await freePort(port)).not.toBe(port);
    server.close();
  });

  it('stays out of the range clients get their ports from', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});

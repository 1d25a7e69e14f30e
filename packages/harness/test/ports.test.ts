import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { claimPort, freePort } from '../src/ports.js';

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

describe('claimPort', () => {
  it('gives two copies that start at once two ports', async () => {
    const port = await freePort();
    const script = `import { claimPort } from ${JSON.stringify(new URL('../dist/ports.js', import.meta.url).href)};
      process.stdout.write(String(await claimPort(${port}, 'claimPort')));
      setInterval(() => {}, 1000);`;
    const copies = [1, 2].map(() => spawn(process.execPath, ['--input-type=module', '-e', script]));
    const claimed = await Promise.all(
      copies.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])),
    );
    const exits = copies.map((copy) => once(copy, 'exit'));
    for (const copy of copies) copy.kill();
    expect(new Set(claimed).size).toBe(2);
    expect(claimed).toContain(String(port));
    await Promise.all(exits);
    expect(await claimPort(port, 'claimPort')).toBe(port);
  });
});

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { authority, type Certificate } from './certificate.js';

const trusted = authority('Trusted by us');
const delivered = { ok: true, statusCode: 200, retryAfter: null, excerpt: 'ok' };
const failed = { ok: false, reason: 'tls_failed' };

const cases = [
  { name: 'in order', certificate: trusted.issue(), result: delivered },
  {
    name: 'of the name that was called',
    host: 'receiver.example',
    certificate: trusted.issue({ host: 'receiver.example' }),
    result: delivered,
  },
  {
    name: 'of the address that the name has',
    host: 'receiver.example',
    certificate: trusted.issue(),
    result: failed,
  },
  { name: 'expired', certificate: trusted.issue({ from: -2, to: -1 }), result: failed },
  { name: 'not valid yet', certificate: trusted.issue({ from: 1, to: 2 }), result: failed },
  { name: 'of another host', certificate: trusted.issue({ host: '127.0.0.2' }), result: failed },
  { name: 'of a named host', certificate: trusted.issue({ host: 'receiver.example' }), result: failed },
  { name: 'from an unknown authority', certificate: authority('Unknown').issue(), result: failed },
  { name: 'signed with its own key', certificate: authority('127.0.0.1'), result: failed },
];

let targets: Awaited<ReturnType<typeof tlsReceiver>>[];
let results: unknown[];

beforeAll(async () => {
  targets = await Promise.all(cases.map(({ certificate, host }) => tlsReceiver(certificate, host)));
  results = await postFromChild(targets.map(({ url }) => url));
});

afterAll(() => Promise.all(targets.map(({ close }) => close())));

test.each(cases.map((row, index) => ({ ...row, index })))('a certificate $name', ({ index, result }) => {
  expect(results[index]).toEqual(result);
  expect(targets[index]?.requests()).toBe(result.ok ? 1 : 0);
});

async function tlsReceiver(certificate: Certificate, host = '127.0.0.1') {
  let requests = 0;
  const server = createServer(certificate, ({ socket }, response) => {
    // A server of several names is told by this one which is meant; an address is none. Source: RFC 6066 §3.
    const { servername } = socket as unknown as { servername: string | false };
    if (servername === (host === '127.0.0.1' ? false : host)) requests += 1;
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://${host}:${(server.address() as AddressInfo).port}/`,
    requests: () => requests,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const script = `
  import { checkedLookup } from './dist/checked-lookup.js';
  import { createHttp } from './dist/http.js';
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const http = createHttp({ timeoutMs: 10_000, lookup: checkedLookup(resolve, () => null) });
  const post = (url) => http.post({ url, headers: {}, body: '{}' });
  const results = await Promise.all(process.argv.slice(1).map(post));
  await http.close();
  console.log(JSON.stringify(results));
`;

/** Posts to each URL from a process of its own: whom Node trusts is settled when it starts. */
async function postFromChild(urls: string[]): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-tls-'));
  const file = join(folder, 'trusted.pem');
  await writeFile(file, trusted.cert);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script, ...urls],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
    },
  ).finally(() => rm(folder, { recursive: true }));
  return JSON.parse(stdout);
}

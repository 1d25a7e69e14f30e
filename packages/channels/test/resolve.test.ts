import { checkedLookup } from '../src/checked-lookup.js';
import { createHttp } from '../src/http.js';
import { nameServers } from '../src/resolve.js';
import { type Entry, nameServer } from './name-server.js';
import { receiver, until } from './receiver.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function resolving(entries: (name: string) => Entry | undefined) {
  const { server, asked, close } = await nameServer(entries);
  cleanups.push(close);
  return { resolve: nameServers([server]), asked };
}

const loopback6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

test('finds the addresses of both families', async () => {
  const { resolve } = await resolving(() => ({
    v4: [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ],
    v6: [loopback6],
  }));
  expect(await resolve('receiver.example')).toEqual([
    { address: '1.2.3.4', family: 4 },
    { address: '5.6.7.8', family: 4 },
    { address: '::1', family: 6 },
  ]);
});

test.each<[string, Entry | undefined, string[]]>([
  ['one family', { v6: [loopback6] }, ['::1']],
  ['no address', {}, []],
  ['no such name', undefined, []],
])('%s', async (_, entry, addresses) => {
  const { resolve } = await resolving(() => entry);
  expect((await resolve('receiver.example')).map(({ address }) => address)).toEqual(addresses);
});

test('the hosts file of this machine has no say', async () => {
  const { resolve, asked } = await resolving(() => undefined);
  expect(await resolve('localhost')).toEqual([]);
  expect(asked).toContain('localhost');
});

test('name servers that cannot be reached have no addresses', async () => {
  const { server, close } = await nameServer(() => undefined);
  await close();
  expect(await nameServers([server])('receiver.example')).toEqual([]);
});

test('names that hang keep no other name waiting', async () => {
  let hangs = true;
  const { resolve, asked } = await resolving((name) => {
    if (name === 'well.example') return { v4: [[127, 0, 0, 1]] };
    return hangs ? 'hangs' : undefined;
  });
  const lookups: Promise<unknown>[] = [];
  const lookup = checkedLookup(
    (name) => {
      const found = resolve(name);
      lookups.push(found);
      return found;
    },
    () => null,
  );
  const target = await receiver((response) => response.end('ok'));
  const http = createHttp({ timeoutMs: 1_000, lookup });
  cleanups.push(
    () => target.close(),
    () => http.close(),
  );
  const post = (host: string) =>
    http.post({ url: target.origin.replace('127.0.0.1', host), headers: {}, body: '{}' });
  const hanging = Array.from({ length: 50 }, (_, index) => post(`hangs-${index}.example`));
  await until(() => asked.length >= 50);
  expect(await post('well.example')).toMatchObject({ ok: true });
  for (const result of await Promise.all(hanging)) expect(result).toEqual({ ok: false, reason: 'timeout' });
  // What is asked again is answered, lest the questions outlive the test.
  hangs = false;
  await Promise.all(lookups);
});

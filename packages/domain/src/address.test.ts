import { BlockList } from 'node:net';
import * as fc from 'fast-check';
import { addressProblem } from './address.js';

test.each([
  ['0.0.0.0', 'unspecified'],
  ['10.255.255.255', 'private'],
  ['100.64.0.1', 'shared by the customers of a provider (CGNAT)'],
  // Metadata: Alibaba's.
  ['100.100.100.200', 'shared by the customers of a provider (CGNAT)'],
  ['127.0.0.1', 'loopback'],
  ['168.63.129.16', 'metadata of a cloud'],
  ['169.254.169.254', 'link-local, where clouds keep their metadata'],
  ['172.31.255.255', 'private'],
  ['192.0.0.192', 'for protocols'],
  ['192.168.0.1', 'private'],
  ['198.19.255.255', 'for benchmarks'],
  ['239.255.255.250', 'multicast'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::127.0.0.1', 'IPv4-compatible'],
  ['::ffff:127.0.0.1', 'IPv4-mapped'],
  ['0:0:0:0:0:FFFF:7F00:0001', 'IPv4-mapped'],
  ['::ffff:0:127.0.0.1', 'reserved'],
  ['64:ff9b::10.0.0.1', 'NAT64'],
  ['64:ff9b:1:ffff::1', 'NAT64'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'Teredo'],
  ['2001:1ff::1', 'for protocols'],
  ['2001:db8::1', 'for documentation'],
  ['2002:7f00:1::', '6to4'],
  ['2a00:1450::5efe:10.0.0.1', 'ISATAP'],
  ['2a00:1450::200:5efe:10.0.0.1', 'ISATAP'],
  ['fd00:ec2::254', 'private'],
  ['fe80::1', 'link-local'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['100::1', 'reserved'],
  ['5f00::1', 'reserved'],
  ['fe80::1%eth0', 'no IP address'],
  ['0177.0.0.1', 'no IP address'],
  ['2130706433', 'no IP address'],
  ['example.com', 'no IP address'],
  ['', 'no IP address'],
])('%s is %s', (ip, problem) => {
  expect(addressProblem(ip)).toBe(problem);
});

test.each([
  ['1.1.1.1'],
  ['9.255.255.255'],
  ['11.0.0.0'],
  ['100.63.255.255'],
  ['100.128.0.0'],
  ['126.255.255.255'],
  ['128.0.0.0'],
  ['169.253.255.255'],
  ['172.15.255.255'],
  ['172.32.0.0'],
  ['192.0.1.0'],
  ['223.255.255.255'],
  ['2001:200::'],
  ['2001:4860:4860::8888'],
  ['2003::1'],
  ['2a00:1450:4007:80e::200e'],
  ['3ffe::1'],
])('%s is on the public internet', (ip) => {
  expect(addressProblem(ip)).toBeNull();
});

/** The registries' entries once more, for Node's own arithmetic: what is not globally reachable, or holds an IPv4 address. */
const byNode = new BlockList();
for (const range of [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24',
  '192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3',
].flatMap((line) => line.split(' '))) {
  const [start = '', length] = range.split('/');
  byNode.addSubnet(start, Number(length), 'ipv4');
}

const v4 = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255))).map((bytes) => bytes.join('.'));
/** Half of them where something is forbidden. */
const bordering = fc
  .tuple(fc.constantFrom('0', '10', '100', '127', '168', '169', '172', '192', '198', '203', '224', '255'), v4)
  .map(([first, rest]) => rest.replace(/^\d+/, first));

test('of all IPv4 addresses, those of the registry are refused, and no others', () => {
  fc.assert(
    fc.property(fc.oneof(v4, bordering), (ip) => {
      expect(addressProblem(ip) !== null).toBe(byNode.check(ip, 'ipv4'));
    }),
    { numRuns: 5_000 },
  );
});

const group = fc.nat(0xffff);
const v6 = fc
  .tuple(fc.oneof(group, fc.constantFrom(0, 0x64, 0x2001, 0x2002, 0x3fff, 0xfe80)), ...Array(7).fill(group))
  .map((groups) => groups as number[]);

test('of all IPv6 addresses, only those of 2000::/3 are not refused, however they are written', () => {
  fc.assert(
    fc.property(v6, (groups) => {
      const [first = 0, second = 0] = groups;
      const isSpecial =
        (first === 0x2001 && (second < 0x200 || second === 0xdb8)) ||
        first === 0x2002 ||
        (first === 0x3fff && second < 0x1000) ||
        (((groups[4] ?? 0) & 0xfdff) === 0 && groups[5] === 0x5efe);
      const isPublic = first >= 0x2000 && first < 0x4000 && !isSpecial;
      const text = groups.map((part) => part.toString(16)).join(':');
      const padded = groups.map((part) => part.toString(16).padStart(4, '0').toUpperCase()).join(':');
      expect(addressProblem(text) === null).toBe(isPublic);
      expect(addressProblem(padded) === null).toBe(isPublic);
    }),
    { numRuns: 5_000 },
  );
});

test('an IPv4 address is refused inside every IPv6 address that may lead to it', () => {
  fc.assert(
    fc.property(v4, (ip) => {
      const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
      const sixToFour = `2002:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}::1`;
      const inside = [`::${ip}`, `::ffff:${ip}`, `::ffff:0:${ip}`, `64:ff9b::${ip}`, `64:ff9b:1::${ip}`];
      const tunnelled = [`2001::${ip}`, `2a00::5efe:${ip}`, `2a00::200:5efe:${ip}`, sixToFour];
      for (const text of [...inside, ...tunnelled]) expect(addressProblem(text)).not.toBeNull();
    }),
  );
});

import { isIPv4, isIPv6 } from 'node:net';

/**
 * What is not on the public internet, or is there for the network's own purposes, and what it is. The first that fits
 * names an address. Sources: IANA's registries of special-purpose addresses for IPv4 (RFC 6890, RFC 8190) and IPv6, and
 * its registry of the IPv6 address space: only 2000::/3 is given out as global unicast.
 */
const ranges = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared by the customers of a provider (CGNAT)'],
  ['127.0.0.0/8', 'loopback'],
  // The virtual host of Azure, which every machine there reaches by what looks like a public address.
  ['168.63.129.16/32', 'metadata of a cloud'],
  ['169.254.0.0/16', 'link-local, where clouds keep their metadata'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'for protocols'],
  ['192.0.2.0/24', 'for documentation'],
  ['192.88.99.0/24', '6to4'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'for benchmarks'],
  ['198.51.100.0/24', 'for documentation'],
  ['203.0.113.0/24', 'for documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  // An IPv4 address may hide in these, whichever it is.
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'],
  ['::ffff:0:0/96', 'IPv4-mapped'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'NAT64'],
  ['2001::/32', 'Teredo'],
  ['2002::/16', '6to4'],
  ['2001::/23', 'for protocols'],
  ['2001:db8::/32', 'for documentation'],
  ['3fff::/20', 'for documentation'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
  // All that is not 2000::/3.
  ['::/3', 'reserved'],
  ['4000::/2', 'reserved'],
  ['8000::/1', 'reserved'],
] as const;

/** Why an address is none of the public internet, in words that complete "is …"; null where it is one. */
export function addressProblem(ip: string): string | null {
  const bits = bitsOf(ip);
  if (bits === null) return 'no IP address';
  if (isIPv6(ip) && isIsatap(bits)) return 'ISATAP';
  const range = parsed.find(({ of, prefix, shift }) => of(ip) && bits >> shift === prefix);
  return range?.what ?? null;
}

const parsed = ranges.map(([range, what]) => {
  const [start = '', length = ''] = range.split('/');
  const of = isIPv4(start) ? isIPv4 : isIPv6;
  const shift = BigInt((of === isIPv4 ? 32 : 128) - Number(length));
  return { of, prefix: (bitsOf(start) ?? 0n) >> shift, shift, what };
});

/** An interface id that holds an IPv4 address, in any network. Source: RFC 5214 §6.1. */
function isIsatap(bits: bigint): boolean {
  return ((bits >> 32n) & 0xfdff_ffffn) === 0x5efen;
}

function bitsOf(ip: string): bigint | null {
  if (isIPv4(ip)) return joined(ip.split('.').map(Number), 8n);
  // With a zone it is at home in one network only, which is then part of its meaning.
  if (!isIPv6(ip) || ip.includes('%')) return null;
  // The URL parser writes every form of it as groups of hexadecimal digits.
  const [left = '', right = ''] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split('::');
  const [start, end] = [groups(left), groups(right)];
  return joined([...start, ...Array(8 - start.length - end.length).fill(0), ...end], 16n);
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function joined(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n);
}

import * as fc from 'fast-check';
import { readTarget, type TargetPolicy } from './target.js';

const strict: TargetPolicy = { allowPrivate: false, requireHttps: true };
const lenient: TargetPolicy = { allowPrivate: true, requireHttps: false };

function reasonOf(text: string, policy = strict): string {
  const target = readTarget(text, policy);
  return target instanceof URL ? 'none' : target.reason;
}

test.each([
  'https://example.com/hook?a=b#c',
  'https://example.com./',
  'HTTPS://EXAMPLE.COM:443/',
  'https://example.com:1024/',
  'https://example.com:8443/',
  'https://example.com:65535/',
  'https://example.com:80/',
  'https://bücher.example/',
  'https://xn--bcher-kva.example/',
  'https://1.1.1.1/',
  'https://0x01010101/',
  'https://[2606:4700:4700::1111]/',
  'https://localhost.example.com/',
  'https://internal.example.com/',
  'https://mylocalhost.com/',
])('%s is a target', (text) => {
  expect(reasonOf(text)).toBe('none');
});

test.each([
  ['', 'not_http'],
  ['example.com', 'not_http'],
  ['ftp://example.com/', 'not_http'],
  ['file:///etc/passwd', 'not_http'],
  ['unix:/var/run/docker.sock', 'not_http'],
  ['https://', 'not_http'],
  ['https://exa mple/', 'not_http'],
  ['https://example.com:65536/', 'not_http'],
  ['https://[fe80::1%25eth0]/', 'not_http'],
  ['https://256.256.256.256/', 'not_http'],
  ['https://user@example.com/', 'credentials'],
  ['https://:word@example.com/', 'credentials'],
  ['https://example.com@127.0.0.1/', 'credentials'],
  ['http://example.com/', 'https_required'],
  ['https://example.com:22/', 'port_not_allowed'],
  ['https://example.com:1/', 'port_not_allowed'],
  ['https://example.com:0/', 'port_not_allowed'],
  ['https://example.com:1023/', 'port_not_allowed'],
  ['https://example.com:6667/', 'port_not_allowed'],
  ['https://example.com:10080/', 'port_not_allowed'],
  ['https://localhost/', 'private_name'],
  ['https://LOCALHOST./', 'private_name'],
  ['https://ｌｏｃａｌｈｏｓｔ/', 'private_name'],
  ['https://a.localhost/', 'private_name'],
  ['https://redis/', 'private_name'],
  ['https://printer.local/', 'private_name'],
  ['https://metadata.google.internal./', 'private_name'],
  ['https://host.docker.internal:4000/', 'private_name'],
  ['https://router.home.arpa/', 'private_name'],
  ['https://127.0.0.1/', 'private_address'],
  ['https://127.1/', 'private_address'],
  ['https://2130706433/', 'private_address'],
  ['https://0x7f.1/', 'private_address'],
  ['https://0x7f000001/', 'private_address'],
  ['https://0177.0.0.1/', 'private_address'],
  ['https://017700000001/', 'private_address'],
  ['https://127.0.0.1./', 'private_address'],
  ['https://0/', 'private_address'],
  ['https://１２７．０．０．１/', 'private_address'],
  ['https://127。0。0。1/', 'private_address'],
  ['https://①②⑦.⓪.⓪.①/', 'private_address'],
  ['https://%31%32%37.0.0.1/', 'private_address'],
  ['https://127.0.0\t.1/', 'private_address'],
  ['https:127.0.0.1', 'private_address'],
  ['https:\\\\127.0.0.1\\', 'private_address'],
  ['https://169.254.169.254/latest/meta-data/', 'private_address'],
  ['https://[::1]/', 'private_address'],
  ['https://[::]/', 'private_address'],
  ['https://[::ffff:7f00:1]/', 'private_address'],
  ['https://[::ffff:127.0.0.1]/', 'private_address'],
  ['https://[64:ff9b::a9fe:a9fe]/', 'private_address'],
  ['https://[fd00:ec2::254]/', 'private_address'],
])('%j is no target: %s', (text, reason) => {
  expect(reasonOf(text)).toBe(reason);
});

test('plain http is a matter of policy', () => {
  expect(reasonOf('http://example.com/', { ...strict, requireHttps: false })).toBe('none');
  expect(reasonOf('http://10.0.0.1/', { ...strict, requireHttps: false })).toBe('private_address');
});

test('so are private hosts and odd ports; what a URL must be like is not', () => {
  for (const url of ['http://localhost:9/', 'http://[::1]/', 'http://10.0.0.1:25/', 'http://redis/'])
    expect(reasonOf(url, lenient)).toBe('none');
  expect(reasonOf('http://localhost/', { ...lenient, requireHttps: true })).toBe('https_required');
  expect(reasonOf('http://a:b@localhost/', lenient)).toBe('credentials');
  expect(reasonOf('ftp://localhost/', lenient)).toBe('not_http');
});

test('the message says what was wrong, and what would be right', () => {
  expect(readTarget('https://0x7f.1/', strict)).toEqual({
    reason: 'private_address',
    message: 'must lead to the public internet (or ALLOW_PRIVATE_TARGETS be true): 127.0.0.1 is loopback',
  });
});

/** The first and the last address of ranges, as numbers. */
const forbidden = fc.constantFrom(
  [0x0000_0000, 0x00ff_ffff],
  [0x0a00_0000, 0x0aff_ffff],
  [0x6440_0000, 0x647f_ffff],
  [0x7f00_0000, 0x7fff_ffff],
  [0xa9fe_0000, 0xa9fe_ffff],
  [0xac10_0000, 0xac1f_ffff],
  [0xc0a8_0000, 0xc0a8_ffff],
  [0xe000_0000, 0xffff_ffff],
);
const address = forbidden.chain(([min = 0, max = 0]) => fc.integer({ min, max }));
const radix = fc.constantFrom(
  (part: number) => String(part),
  (part: number) => `0x${part.toString(16)}`,
  (part: number) => `0X00${part.toString(16).toUpperCase()}`,
  (part: number) => `0${part.toString(8)}`,
);
const script = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  (text: string) => text.replaceAll('.', '。'),
  (text: string) => Array.from(text, (character) => `%${character.charCodeAt(0).toString(16)}`).join(''),
  (text: string) => `${text}.`,
);

/** 4 bytes in 1 to 4 parts, the last of which takes what is left. */
function inParts(bits: number, count: number): number[] {
  const bytes = [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255);
  const last = bytes.slice(count - 1).reduce((value, byte) => value * 256 + byte, 0);
  return [...bytes.slice(0, count - 1), last];
}

test('a forbidden IPv4 address is refused in every form that there is of it', () => {
  const form = fc.tuple(address, fc.integer({ min: 1, max: 4 }), radix, script);
  fc.assert(
    fc.property(form, ([bits, count, digits, write]) => {
      const host = write(inParts(bits, count).map(digits).join('.'));
      expect([host, reasonOf(`https://${host}/`)]).toEqual([host, 'private_address']);
    }),
    { numRuns: 5_000 },
  );
});

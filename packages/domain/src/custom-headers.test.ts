import { customHeaders, withoutForbidden } from './custom-headers.js';

const forbidden = [
  'content-type',
  'idempotency-key',
  'user-agent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
  'x-hub-signature-256',
  'x-request-id',
  'x-signalbox-anything',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-anything',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

function complaints(headers: unknown): string[] {
  const issues = customHeaders.safeParse(headers).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, '']));

test('names come out in lower case, values without the blanks around them', () => {
  expect(customHeaders.parse({ Authorization: ' Bearer a b\n', 'X-Tenant': '' })).toEqual({
    authorization: 'Bearer a b',
    'x-tenant': '',
  });
});

test('what is at the limits is accepted', () => {
  expect(complaints({})).toEqual([]);
  expect(complaints(numbered(20))).toEqual([]);
  expect(complaints({ [`!#$%&'*+-.^_\`|~${'x'.repeat(85)}`]: '~'.repeat(1_000) })).toEqual([]);
  expect(complaints({ proxy: '', 'x-signalbox': '', 'webhook-secret': '', hosts: '', 'x-te': '' })).toEqual(
    [],
  );
});

const mapRule = 'must be an object of at most 20 headers, such as {"authorization": "Bearer …"}';
const nameRule = "must have a name of 1 to 100 letters, digits and !#$%&'*+-.^_`|~";
const valueRule = 'must be at most 1,000 visible ASCII characters, without line breaks';

test('what is beyond the limits is explained', () => {
  expect(complaints(numbered(21))).toEqual([`: ${mapRule}`]);
  expect(complaints({ ['x'.repeat(101)]: '' })).toEqual([`${'x'.repeat(101)}: ${nameRule}`]);
  expect(complaints({ 'x-a': '~'.repeat(1_001) })).toEqual([`x-a: ${valueRule}`]);
});

test.each([
  [null, `: ${mapRule}`],
  [[], `: ${mapRule}`],
  [{ 'x-a': 1 }, `x-a: ${valueRule}`],
  [{ 'x-a': 'b\nc' }, `x-a: ${valueRule}`],
  [{ 'x-a': 'b\r\nhost: c' }, `x-a: ${valueRule}`],
  [{ 'x-a': 'b\tc' }, `x-a: ${valueRule}`],
  [{ 'x-a': 'é' }, `x-a: ${valueRule}`],
  [{ '': 'b' }, `: ${nameRule}`],
  [{ 'x a': 'b' }, `x a: ${nameRule}`],
  [{ 'x-é': 'b' }, `x-é: ${nameRule}`],
  [{ 'x-a:': 'b' }, `x-a:: ${nameRule}`],
  [{ 'x\n': 'b' }, `x\n: ${nameRule}`],
  [{ Host: 'b' }, 'Host: cannot be set: it belongs to the connection, not to the message'],
  [{ 'Webhook-Id': 'b' }, 'Webhook-Id: cannot be set: Signalbox sets it itself'],
  [{ 'X-A': 'b', 'x-a': 'c' }, 'x-a: is given twice'],
])('%j is explained', (headers, complaint) => {
  expect(complaints(headers)).toEqual([complaint]);
});

test('everything wrong is told at once', () => {
  const found = complaints({ host: 'a', 'x a': 'b', 'x-c': 'é', 'x-d': 'fine' });
  expect(found.map((line) => line.split(':')[0])).toEqual(['host', 'x a', 'x-c']);
});

test.each(forbidden)('%s is refused, and left out where it was saved', (name) => {
  for (const written of [name, name.toUpperCase()]) {
    expect(complaints({ [written]: 'a' })).toEqual([expect.stringMatching(/: cannot be set: /)]);
    expect(withoutForbidden({ [written]: 'a', 'x-b': 'c' })).toEqual({ 'x-b': 'c' });
  }
});

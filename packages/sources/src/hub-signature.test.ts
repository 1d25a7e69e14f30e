import { signHub } from '@signalbox/domain';
import { hubSignatureComplaint } from './hub-signature.js';

const bytes = Buffer.from('{ "n": 1.0 }');
const complaint = (header?: string, secrets = ['old', 's3cret']) =>
  hubSignatureComplaint(
    { bytes, headers: header === undefined ? {} : { 'x-hub-signature-256': header }, receivedAt: new Date() },
    secrets,
    'ALERTS_SECRET',
  );

test('a signature under any of the secrets is not complained of', () => {
  expect(complaint(signHub('s3cret', bytes))).toBeNull();
});

test.each([
  [
    'missing',
    undefined,
    /^The X-Hub-Signature-256 header is missing\. It must be "sha256=" .+ under ALERTS_SECRET/,
  ],
  [
    'of the older kind',
    `sha1=${'0'.repeat(40)}`,
    /^The X-Hub-Signature-256 header is malformed\. It must be "sha256="/,
  ],
  ['in capitals', signHub('s3cret', bytes).toUpperCase(), /is malformed\. .+ small hexadecimal digits/],
  [
    'of a body that was written again',
    signHub('s3cret', Buffer.from('{"n":1}')),
    /does not fit the body\. .+ parsed and written again/,
  ],
  ['under another secret', signHub('other', bytes), /another secret than ALERTS_SECRET\.$/],
])('a signature that is %s is told so, and nothing of the secret', (_, header, said) => {
  const told = complaint(header);
  expect(told).toMatch(said);
  expect(told).not.toMatch(/s3cret|[0-9a-f]{16}/);
});

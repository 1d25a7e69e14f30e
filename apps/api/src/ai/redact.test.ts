import { redact } from './redact.js';

test.each([
  ['mail jane.doe+x@example.co.uk now', 'mail [email] now'],
  ['card 4242 4242 4242 4242 declined', 'card [card] declined'],
  ['card 4242-4242-4242-4242.', 'card [card].'],
  ['IBAN FR76 3000 6000 0112 3456 7890 189 used', 'IBAN [iban] used'],
  ['call +33 6 12 34 56 78 or 06 12 34 56 78', 'call [phone] or [phone]'],
  ['from 10.0.0.1 and 2001:db8:0:0:0:0:0:1', 'from [ip] and [ip]'],
  ['key sk_live_4eC39HqLyjWDarjtT1zdp7dc leaked', 'key [key] leaked'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[key]'],
  ['AKIAIOSFODNN7EXAMPLE and ghp_abcdefghijklmnopqrstuvwxyz0123456789', '[key] and [key]'],
  ['Authorization: Bearer abc.def-ghi_jkl', 'Authorization: Bearer [token]'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '[token]'],
  ['password=hunter22 user=bob', 'password=[secret] user=bob'],
  ['{"api_key": "abc123def"}', '{"api_key": "[secret]"}'],
  ['digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'digest [token]'],
])('%j → %j', (text, redacted) => {
  expect(redact(text).text).toBe(redacted);
});

test.each([
  'event evt_1abc, payout po_123, intent pi_3MtwBwLkdIwHu7ix28a3tqPa',
  'alert 6f9619ff-8b86-4011-b42d-00c04fc964ff',
  'at 2024-01-15T10:40:00Z (1705315200), 1234567890123 ms',
  'amount 10000 usd, 99.95 %, order 1234-5678',
  'no card: 4242 4242 4242 4243',
])('%j is left as it is', (text) => {
  expect(redact(text)).toEqual({ text, counts: {} });
});

test('what was blacked out is counted by its sort', () => {
  expect(redact('a@b.io c@d.io 10.0.0.1').counts).toEqual({ email: 2, ip: 1 });
});

test.each(['a', '1 ', 'A1', '+1 ', 'a@', 'eyJ.', 'key=', '1.', 'ab:', 'Bearer ', '0612'])(
  'a long run of %j takes no longer than its length asks for',
  (piece) => {
    const started = process.cpuUsage().user;
    redact(piece.repeat(100_000 / piece.length));
    // Quadratic would be minutes.
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(5);
  },
);

import { firstSentence } from './first-sentence.js';
import { stub } from './stub.js';

test('names what it is about, and how grave it is', () => {
  const text =
    'Multiple payment failures detected across APAC region. Engineers are looking into it since 10:40 UTC.';
  expect(stub(text)).toEqual({
    summary: 'Multiple payment failures detected across APAC region.',
    severity: 'critical',
  });
  expect(stub(text)).toEqual(stub(text));
});

test.each([
  ['Multiple payment failures detected across APAC region...', 'critical'],
  ['The API is down', 'critical'],
  ['Checkout unavailable in all stores', 'critical'],
  ['3 payouts failed since midnight', 'critical'],
  ['Failed to process payments', 'critical'],
  ['Customers cannot pay', 'critical'],
  ['We suspect a breach of the vault', 'critical'],
  ['Theft at the entrance', 'critical'],
  ['Possible DATA LOSS', 'critical'],
  ['EU recovered. APAC is still down.', 'critical'],
  ['The outage is not yet resolved', 'critical'],
  ['Payments are partially restored, the outage goes on', 'critical'],
  ['Elevated errors on card payments', 'warning'],
  ['Degraded performance', 'warning'],
  ['Latency is up, webhooks are delayed', 'warning'],
  ['Traffic slowed down', 'warning'],
  ['Suspicious behaviour in aisle 3', 'warning'],
  ['Non-critical errors in the nightly job', 'warning'],
  ['This incident has been resolved: payments were failing', 'info'],
  ['All systems operational', 'info'],
  ['Service recovered after the outage', 'info'],
  ['There is no outage and no sign of data loss', 'info'],
  ["The API isn't down", 'info'],
  ['Revenue is down by 10 % from last week', 'info'],
  ['Scheduled maintenance on Sunday', 'info'],
  ['A new account was created', 'info'],
])('%s → %s', (text, severity) => {
  expect(stub(text).severity).toBe(severity);
});

describe('the first sentence', () => {
  test.each([
    ['One line\nand another', 'One line'],
    ['  Is it down? Yes.', 'Is it down?'],
    ['Version 1.2 is out. Get it.', 'Version 1.2 is out.'],
    ['tab\there\u0007', 'tab here'],
    ['', ''],
  ])('of %j is %j', (text, expected) => {
    expect(firstSentence(text)).toBe(expected);
  });

  test('is cut after a clause, a word or, where there is neither, a code point', () => {
    expect(firstSentence('Payments fail in Asia, and so do refunds', 30)).toBe('Payments fail in Asia…');
    expect(firstSentence('Payments fail in Asia and so do refunds', 30)).toBe(
      'Payments fail in Asia and so…',
    );
    expect(firstSentence('😀'.repeat(50), 10)).toBe(`${'😀'.repeat(9)}…`);
    expect(Array.from(firstSentence('word '.repeat(100))).length).toBeLessThanOrEqual(140);
  });
});

test('100,000 characters are no trouble', () => {
  const startedAt = performance.now();
  for (const piece of ['all ', 'no ', 'not a ', 'payment ', 'down ', "n't a a a a "])
    stub(piece.repeat(100_000 / piece.length));
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

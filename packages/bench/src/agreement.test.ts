import { type Counted, Disagreement, requireSame } from './agreement.js';

const counted: Counted = {
  side: 'ours',
  report: { sent: 10, answers: { 202: 10 } },
  added: { signals: 10, deliveries: 20, delivered: 20, attempts: 20 },
  stats: { arrivals: 21, distinct: 20 },
  usersPerStore: 2,
};

test('all accepted, stored, delivered and logged: agreed, also when one arrived twice', () => {
  expect(() => requireSame(counted)).not.toThrow();
});

test('what was turned away was promised to nobody', () => {
  expect(() => requireSame({ ...counted, report: { sent: 11, answers: { 202: 10, 503: 1 } } })).not.toThrow();
});

test.each<[string, Partial<Counted>]>([
  ['nothing was accepted', { report: { sent: 0, answers: {} } }],
  ['a signal is missing', { added: { ...counted.added, signals: 9 } }],
  ['a delivery was written twice', { added: { ...counted.added, deliveries: 21 } }],
  ['a delivery is not delivered', { added: { ...counted.added, delivered: 19 } }],
  ['an attempt was logged twice', { added: { ...counted.added, attempts: 21 } }],
  ['a notification did not arrive', { stats: { arrivals: 20, distinct: 19 } }],
])('%s: not agreed', (_, change) => {
  expect(() => requireSame({ ...counted, ...change })).toThrow(Disagreement);
});

test('the sentence holds all the numbers', () => {
  const report = { sent: 12, answers: { 202: 10, ECONNRESET: 2 } };
  const wrong = { ...counted, report, added: { ...counted.added, signals: 11 } };
  expect(() => requireSame(wrong)).toThrow(
    /Sent 12.*ECONNRESET.*11 signals and 20 deliveries.*20 owed.*20 arrived \(21/,
  );
});

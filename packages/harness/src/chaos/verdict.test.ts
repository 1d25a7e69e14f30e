import type { LedgerDelivery } from './ledger.js';
import type { Receipt } from './receivers.js';
import type { Sending } from './sending.js';
import { type Evidence, findViolations, type Struck } from './verdict.js';

const sending = (change: Partial<Sending> = {}): Sending => ({
  signal: {
    key: 'order-1',
    path: '/events',
    body: '{}',
    headers: () => ({}),
    owes: [{ channel: 'webhook', target: 'sub-1', body: '{}' }],
    manner: 'usual',
  },
  acceptedAt: 1_000,
  tries: 1,
  refusals: [],
  ...change,
});

const delivery = (change: Partial<LedgerDelivery> = {}): LedgerDelivery => ({
  id: 'd-1',
  channel: 'webhook',
  target: 'sub-1',
  status: 'delivered',
  lastError: null,
  attemptsMade: 1,
  attempts: [1],
  createdAt: 1_000,
  completedAt: 1_500,
  ...change,
});

const receipt = (change: Partial<Receipt> = {}): Receipt => ({
  receiver: 'sub-1',
  id: 'd-1',
  attempt: 1,
  body: '{}',
  status: 204,
  at: 1_400,
  ...change,
});

const fault = (change: Partial<Struck> = {}): Struck => ({
  number: 1,
  kind: 'worker-kill',
  on: 'worker-1',
  from: 1_200,
  until: 1_300,
  repeats: true,
  ...change,
});

const good: Evidence = {
  sendings: [sending()],
  ledger: new Map([['order-1', [delivery()]]]),
  receipts: [receipt()],
  faults: [],
};

const rules = (change: Partial<Evidence>) => findViolations({ ...good, ...change }).map(({ rule }) => rule);
const ledgerOf = (...deliveries: LedgerDelivery[]) => new Map([['order-1', deliveries]]);
const failed = delivery({ status: 'failed', lastError: 'timeout' });

test('a run in which all went well is found to be one', () => {
  expect(rules({})).toEqual([]);
  expect(rules({ ledger: ledgerOf(failed), receipts: [receipt({ status: 500 })] })).toEqual([]);
});

test.each<[string, string, Partial<Evidence>]>([
  ['a signal that is gone', 'signal lost', { ledger: new Map(), receipts: [] }],
  ['a delivery that is gone', 'delivery missing', { ledger: ledgerOf(), receipts: [] }],
  [
    'a delivery too many',
    'delivery nobody is owed',
    { ledger: ledgerOf(delivery(), delivery({ id: 'd-2', status: 'skipped', lastError: 'filter' })) },
  ],
  [
    'one that waits for ever',
    'stranded',
    { ledger: ledgerOf(delivery({ status: 'pending' })), receipts: [] },
  ],
  [
    'a failure nobody explains',
    'failed without a reason',
    { ledger: ledgerOf({ ...failed, lastError: null }), receipts: [] },
  ],
  [
    'an attempt that is not on record',
    'attempts do not add up',
    { ledger: ledgerOf(delivery({ attempts: [], attemptsMade: 1 })) },
  ],
  [
    'an attempt recorded twice',
    'attempts do not add up',
    { ledger: ledgerOf(delivery({ attempts: [1, 1], attemptsMade: 2 })) },
  ],
  ['a delivery nobody got', 'delivered, but not received', { receipts: [] }],
  ['one that was only refused', 'delivered, but not received', { receipts: [receipt({ status: 500 })] }],
  ['one taken for a failure', 'received, but not delivered', { ledger: ledgerOf(failed) }],
  ['an id out of nowhere', 'received, but unknown', { receipts: [receipt(), receipt({ id: 'd-9' })] }],
  ['a changed body', 'another body', { receipts: [receipt({ body: '{ }' })] }],
  ['an answer nobody should get', 'refused at the door', { sendings: [sending({ refusals: [409] })] }],
  ['a sender who is never answered', 'never accepted', { sendings: [sending({ acceptedAt: null })] }],
])('%s is found: %s', (_what, rule, change) => {
  expect(rules(change)).toContain(rule);
});

test('a request that reached somebody else is found', () => {
  const stray = receipt({ receiver: 'sub-2', status: 500 });
  expect(rules({ receipts: [receipt(), stray], faults: [fault()] })).toEqual(['received by somebody else']);
});

describe('a repetition', () => {
  const twice = [receipt(), receipt({ at: 1_450 })];

  test('is a violation without a fault that may cause it', () => {
    expect(rules({ receipts: twice })).toEqual(['repeated too often']);
    expect(rules({ receipts: twice, faults: [fault({ repeats: false })] })).toEqual(['repeated too often']);
  });

  test('is allowed once for each fault that was over a lease before it, or later', () => {
    expect(rules({ receipts: twice, faults: [fault()] })).toEqual([]);
    expect(rules({ receipts: [...twice, receipt()], faults: [fault()] })).toEqual(['repeated too often']);
    expect(rules({ receipts: [...twice, receipt()], faults: [fault(), fault()] })).toEqual([]);
  });

  test('is not excused by a fault of another time', () => {
    const before = fault({ from: -20_000, until: -14_500 });
    const after = fault({ from: 1_460, until: 1_500 });
    expect(rules({ receipts: twice, faults: [before, after] })).toEqual(['repeated too often']);
  });

  test('is known by the number of the attempt, where a record without a request would hide it', () => {
    const ledger = ledgerOf(delivery({ attempts: [1, 2], attemptsMade: 2 }));
    expect(
      rules({ ledger, receipts: [receipt({ attempt: 2, status: 500 }), receipt({ attempt: 2 })] }),
    ).toEqual(['repeated too often']);
  });
});

test('what was never answered 2xx may be there or not, and is held to the same', () => {
  const unanswered = [sending({ acceptedAt: null, signal: { ...sending().signal, manner: 'gives-up' } })];
  expect(rules({ sendings: unanswered })).toEqual([]);
  expect(rules({ sendings: unanswered, ledger: new Map(), receipts: [] })).toEqual([]);
  expect(rules({ sendings: unanswered, receipts: [] })).toEqual(['delivered, but not received']);
});

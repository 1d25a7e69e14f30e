import { eventTypeName, eventTypePattern, matchesEventType } from './event-type.js';

test.each([
  ['order.created', true],
  ['order', true],
  ['orders/paid', true],
  ['v1:sync_done-2', true],
  ['x'.repeat(100), true],
  ['x'.repeat(101), false],
  ['', false],
  ['order.', false],
  ['.order', false],
  ['order..created', false],
  ['order created', false],
  ['order.crée', false],
  ['order.*', false],
  ['*', false],
])('%j as the name of an event type: %p', (text, isName) => {
  expect(eventTypeName.safeParse(text).success).toBe(isName);
});

test.each([
  ['order.created', true],
  ['order.*', true],
  ['order.line.*', true],
  ['*', true],
  ['.*', false],
  ['*.created', false],
  ['order.*.added', false],
  ['order.*.*', false],
  ['order*', false],
  ['**', false],
  ['', false],
  [`${'x'.repeat(98)}.*`, true],
  [`${'x'.repeat(99)}.*`, false],
])('%j as a pattern: %p', (text, isPattern) => {
  expect(eventTypePattern.safeParse(text).success).toBe(isPattern);
});

test('a mistake says what would be right, and only once', () => {
  for (const wrong of [7, 'order created', ' '.repeat(1_000_000)]) {
    expect(eventTypeName.safeParse(wrong).error?.issues).toMatchObject([
      { message: expect.stringContaining('like order.created') as string },
    ]);
    expect(eventTypePattern.safeParse(wrong).error?.issues).toMatchObject([
      { message: expect.stringContaining('order.* for all that begin with order.') as string },
    ]);
  }
});

test.each<[string[], string, boolean]>([
  [[], 'anything', true],
  [['*'], 'anything', true],
  [['order.created'], 'order.created', true],
  [['order.created'], 'order.created.twice', false],
  [['order.created'], 'order', false],
  [['order.*'], 'order.created', true],
  [['order.*'], 'order.line.added', true],
  [['order.*'], 'order', false],
  [['order.*'], 'orders.created', false],
  [['order.line.*'], 'order.created', false],
  [['invoice.paid', 'order.*'], 'order.created', true],
  [['invoice.paid', 'payout.*'], 'order.created', false],
])('a subscription to %j gets %s: %p', (patterns, type, matches) => {
  expect(matchesEventType(patterns, type)).toBe(matches);
});

import { editDistance, isMisspelt, nearestName } from './nearest.js';

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['', 'ab', 2],
  ['kitten', 'sitting', 3],
  ['flaw', 'lawn', 2],
])('%j is as far from %j as %i letters', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test.each([
  ['webhook', 'webhooks', true],
  ['Webhook', 'webhooks', true],
  ['subscritpion', 'subscription', true],
  ['user', 'users', true],
  ['foo', 'bar', false],
  ['users', 'usage', false],
  ['x', 'subscriptions', false],
])('%j may be %j misspelt: %p', (a, b, may) => {
  expect(isMisspelt(a, b)).toBe(may);
});

const known = [
  'DATABASE_URL',
  'REDIS_URL',
  'PAGERDUTY_ROUTING_KEY',
  'PAGERDUTY_URL',
  'STRIPE_WEBHOOK_SECRET',
  'PORT',
];

test.each([
  ['DATABSE_URL', 'DATABASE_URL'],
  ['REDIS_URI', 'REDIS_URL'],
  ['PAGERDUTY_KEY', 'PAGERDUTY_ROUTING_KEY'],
  ['STRIPE_SECRET', 'STRIPE_WEBHOOK_SECRET'],
  ['port', 'PORT'],
  ['URL', null],
  ['COMPOSE_PROJECT_NAME', null],
  ['HTTP_PROXY', null],
])('%s was meant to be %s', (given, meant) => {
  expect(nearestName(given, known)).toBe(meant);
});

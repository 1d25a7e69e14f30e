import { readFileSync } from 'node:fs';

/** What is there whenever a request is made, by the noun of its id. */
export const known = {
  subscription: '01890000-0000-7000-8000-00000000a001',
  partner: '01890000-0000-7000-8000-00000000a002',
  user: '01890000-0000-7000-8000-00000000a003',
  location: 'here',
  alert_uuid: '01890000-0000-7000-8000-00000000a004',
  signal: '',
  delivery: '',
};

function fixture(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url), 'utf8'));
}

const subscription = {
  url: 'https://receiver.example/hook?a=1',
  event_types: ['order.*', 'a'],
  filter: { $or: [{ amount: { $gt: 100 } }, { 'customer.country': { $in: ['FR', 'DE'] } }] },
  transform: { omit: ['customer.email'], rename: { amount: 'total' } },
  headers: { authorization: 'Bearer x' },
  rate_limit: { limit: 10, period_seconds: 1 },
  retry_schedule: ['10s', '5m'],
  max_in_flight: 5,
};
const quiet_hours = { from: '22:00', to: '07:00', time_zone: 'Europe/Paris' };
const channels = [
  { channel: 'email', address: 'ana@example.com', severities: ['critical'] },
  { channel: 'notification' },
];
const person = { name: 'Ana', preference: 'both', active: true, channels, quiet_hours };

/** A body that is right, by the route that takes it; routes that are not here get bodies that are nobody's. */
export const examples: Record<string, Record<string, unknown>> = {
  '/webhooks/alerts': { ...fixture('alerts/theft.json'), location: 'here' },
  '/ingest/stripe': fixture('stripe/payout_failed.json'),
  '/ingest/:subscription_id': { order: { amount: 120, customer: { country: 'FR', email: 'a@b.c' } } },
  '/events': { type: 'order.created', data: { amount: 120 }, id: 'evt_1' },
  '/alerts/preview': { location: 'here', label: 'theft' },
  '/alerts/drill': { location: 'here', label: 'suspicious' },
  '/stores': { location: 'there', name: 'There' },
  '/stores/:location': { name: 'Here' },
  '/stores/:location/users': {
    users: [person, { id: known.user, store_preference: null }],
    preference: 'critical',
  },
  '/stores/:location/users/:id': { preference: 'standard' },
  '/users': { id: known.user, ...person },
  '/users/:id': person,
  '/partners': { name: 'Acme' },
  '/partners/:id': { name: 'Acme' },
  '/subscriptions': {
    ...subscription,
    secret: 'generate',
    ingest_secret: 'generate',
    partner_id: known.partner,
  },
  '/subscriptions/:id': { ...subscription, enabled: true },
  '/subscriptions/:id/rotate-secret': { kind: 'ingest', secret: 'generate', overlap_seconds: 60 },
  '/subscriptions/:id/test': { type: 'order.created', data: { a: 1 } },
  '/subscriptions/preview': {
    ...subscription,
    sample: { amount: 1 },
    event_type: 'order.created',
    url: undefined,
  },
  '/deliveries/replay': { filter: { status: 'failed', since: '2024-01-15T10:40:00Z' }, cursor: 'MDFh' },
  '/status-pages': { name: 'vendor', url: 'https://status.example/summary.json' },
  '/ai/summarize': { text: 'Payments fail in Asia. Call +33 6 12 34 56 78, key=sk_live_1234' },
  '/api-keys': { name: 'a key', scope: 'read' },
  '/session': { key: 'sbx_of_nobody' },
  '/rejected/resubmit': { filter: { source: 'alerts' } },
  '/rejected/:id/resubmit': { body: { type: 'order.created', data: 1 }, event_type: 'order.created' },
  '/destinations/pagerduty': fixture('stripe/payout_failed.signal.json'),
};

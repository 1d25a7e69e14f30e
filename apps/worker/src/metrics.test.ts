import { newId } from '@signalbox/domain';
import { metrics } from '@signalbox/runtime';
import { type Family, parseExposition, sampleOf } from '@signalbox/runtime/testing';
import { countForPartner } from './metrics.js';

const scrape = async () => parseExposition(await metrics.metrics());
const delivered = { type: 'delivered' } as const;
const timeout = { type: 'retry', reason: 'timeout' } as const;

const partnersIn = (families: Map<string, Family>) => [
  ...new Set(
    families.get('signalbox_partner_failed_attempts_total')?.samples.map(({ labels }) => labels.partner),
  ),
];

test('each partner has its latencies and failures, up to 100 of them; beyond, all are one', async () => {
  const ids = Array.from({ length: 101 }, newId);
  const [partner = ''] = ids;
  for (const id of ids.slice(0, 100)) countForPartner(id, delivered, 40);
  countForPartner(partner, timeout, 3_000);
  countForPartner(null, delivered, 40);
  const bounded = await scrape();
  const duration = 'signalbox_partner_attempt_duration_seconds';
  expect(partnersIn(bounded)).toEqual([...ids.slice(0, 100), 'none']);
  expect(sampleOf(bounded, `${duration}_count`, { partner })).toBe(2);
  expect(sampleOf(bounded, `${duration}_bucket`, { partner, le: '0.05' })).toBe(1);
  expect(sampleOf(bounded, 'signalbox_partner_failed_attempts_total', { partner })).toBe(1);
  expect(sampleOf(bounded, 'signalbox_partner_failed_attempts_total', { partner: 'none' })).toBe(0);

  countForPartner(ids[100] as string, timeout, 40);
  countForPartner(partner, timeout, 40);
  countForPartner(null, delivered, 40);
  const many = await scrape();
  expect(partnersIn(many)).toEqual(['other', 'none']);
  expect(sampleOf(many, 'signalbox_partner_failed_attempts_total', { partner: 'other' })).toBe(2);
});

test('what is rare is there before it happens', async () => {
  const families = await scrape();
  const labels = { channel: 'email', reason: 'invalid_recipient' };
  expect(sampleOf(families, 'signalbox_dead_letters_total', labels)).toBe(0);
  expect(sampleOf(families, 'signalbox_target_changes_total', { change: 'opened' })).toBe(0);
  const rescues = { queue: 'deliver-webhook', kind: 'redis_lost' };
  expect(sampleOf(families, 'signalbox_sweep_rescues_total', rescues)).toBe(0);
});

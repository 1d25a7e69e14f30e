import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyHubSignature } from '@signalbox/domain';
import { rootDir } from '../src/paths.js';
import { senders } from '../src/senders.js';

describe('senders', () => {
  it('sign as Stripe does: HMAC-SHA256 of "{t}.{body}" with the whole secret as key', () => {
    const headers = at(1_705_315_200_000, () =>
      senders.stripe?.sign('{"id":"evt_1abc","object":"event"}', {
        STRIPE_WEBHOOK_SECRET: 'whsec_test_secret',
      }),
    );
    expect(headers).toEqual({
      'stripe-signature': 't=1705315200,v1=21498f233bfecbb979a0c0a7eb7b4289c4b01680aa380b40fc626d4169e8ee55',
    });
  });

  it.each([
    ['alerts', 'ALERTS_SECRET'],
    ['webhook', 'INGEST_SECRET'],
  ])('sign %s only when %s is set', (name, variable) => {
    const signed = senders[name]?.sign('{}', { [variable]: 's' }) ?? {};
    expect(verifyHubSignature('s', Buffer.from('{}'), signed['x-hub-signature-256'])).toBe(true);
    expect(senders[name]?.sign('{}', {})).toEqual({});
  });

  it.each(Object.keys(senders))('%s has fixtures, and a fresh id for each where ids count', (name) => {
    const folder = join(rootDir, 'fixtures', name);
    const files = readdirSync(folder).filter((file) => !file.endsWith('.signal.json'));
    expect(files).not.toEqual([]);
    for (const file of files) {
      const body = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
      const renewed = senders[name]?.renew?.(body);
      if (renewed === undefined) continue;
      expect(Object.keys(renewed).filter((key) => renewed[key] !== body[key])).toHaveLength(1);
    }
  });
});

function at<T>(time: number, work: () => T): T {
  const { now } = Date;
  Date.now = () => time;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}

import { ConfigError } from '@signalbox/runtime';
import * as fc from 'fast-check';
import { readConfig } from './config.js';

/** FUZZ_RUNS=50 tries fifty times as much. */
const runs = 500 * Number(process.env.FUZZ_RUNS ?? 1);

const right = {
  DATABASE_URL: 'postgres://a@b/c',
  REDIS_URL: 'redis://a',
  NOTIFICATION_SERVICE_URL: 'https://notify.example',
};
const names = [
  'WORKER_QUEUES',
  'WORKER_CONCURRENCY',
  'METRICS_PORT',
  'LOG_RETENTION_HOURS',
  'DELIVERY_TIMEOUT',
  'RETRY_SCHEDULE',
  'SMTP_URL',
  'EMAIL_FROM',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_FROM',
  'TWILIO_URL',
  'NOTIFICATION_SECRET',
  'PAGERDUTY_ROUTING_KEY',
  'PAGERDUTY_URL',
  'SIGNALBOX_URL',
  'ENCRYPTION_KEY',
  'NODE_ENV',
  '__proto__',
];
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '10s',
    '999999999h',
    '1e3',
    '0x10',
    '7',
    'deliver-sms, poll',
    'deliver-x',
    'smtp://a:b@c',
    'https://a.example/x',
    '+33600000000',
  ),
  fc.constantFrom(
    'Ana <ana@example.com>',
    '<',
    'a@b>',
    'whsec_MDEyMzQ1Njc4OWFiY2RlZg==',
    'whsec_,',
    `AC${'0'.repeat(32)}`,
    'production',
  ),
);
const secret = /^(SMTP_URL|TWILIO_AUTH_TOKEN|NOTIFICATION_SECRET|PAGERDUTY_ROUTING_KEY|ENCRYPTION_KEY)$/;

test('any environment is a configuration with numbers a timer can wait, or a list of what is wrong that quotes no secret', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 }), (given) => {
      try {
        const { DELIVERY_TIMEOUT, WORKER_CONCURRENCY, RETRY_SCHEDULE, channels, settings } = readConfig({
          ...right,
          ...given,
        });
        for (const ms of [DELIVERY_TIMEOUT, ...RETRY_SCHEDULE]) expect(ms).toBeLessThan(2 ** 31);
        expect(Number.isInteger(WORKER_CONCURRENCY)).toBe(true);
        expect(Object.keys(settings)).toEqual(channels.map(({ name }) => name));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const shown = Object.entries(given).flatMap(([name, text]) => (secret.test(name) ? [] : [text]));
        const hidden = Object.entries(given).flatMap(([name, text]) =>
          secret.test(name) ? [text.trim()] : [],
        );
        for (const text of hidden.filter((text) => text.length > 8 && !shown.join().includes(text))) {
          expect(error.message).not.toContain(text);
        }
      }
    }),
    { numRuns: runs },
  );
});

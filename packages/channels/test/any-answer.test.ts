import { StringDecoder } from 'node:string_decoder';
import { type Outcome, storable } from '@signalbox/domain';
import * as fc from 'fast-check';
import { addChunk, startAnswer, toResult } from '../src/answer.js';
import { cut } from '../src/cut.js';
import { toMessage } from '../src/email-message.js';
import type { Http, HttpResult } from '../src/http.js';
import { type Channel, channels } from '../src/index.js';
import { codeReason } from '../src/network-reason.js';
import { pagerdutyBody } from '../src/pagerduty-event.js';
import { serviceUrl } from '../src/service-url.js';
import { slackMessage } from '../src/slack-message.js';
import { smsText } from '../src/sms-text.js';
import { failureAnswer, judgeFailure, report, withPlaceholders } from '../src/smtp-outcome.js';
import { credentials, shownUrl, smtpUrl } from '../src/smtp-url.js';
import { retryAfterMs } from '../src/verdict.js';
import { deliveryOf, subscriberAt } from './delivery.js';
import { toolsWith } from './tools.js';

/** FUZZ_RUNS=50 tries fifty times as much. */
const runs = 500 * Number(process.env.FUZZ_RUNS ?? 1);

const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', '$&$1', '\u2028', '<!channel>|>', 'x'.repeat(5_000)),
);
const lettersOf = (letters: string, maxLength = 12) =>
  fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength });

describe('Retry-After', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');

  test('seconds, and dates in the form of RFC 9110, are read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), fc.constantFrom('', ' '), (seconds, space) => {
        expect(retryAfterMs(`${space}${seconds}${space}`, now)).toBe(seconds * 1_000);
        expect(retryAfterMs(new Date(now + seconds * 1_000).toUTCString(), now)).toBe(seconds * 1_000);
        expect(retryAfterMs(new Date(now - seconds * 1_000).toUTCString(), now)).toBeNull();
      }),
      { numRuns: runs },
    );
  });

  test('any text is a finite wait that lies ahead, or none', () => {
    const text = fc.oneof(
      anyText,
      lettersOf('0123456789.e+- '),
      lettersOf('MonTue,0123:GMT -', 40),
      fc.constant('9'.repeat(400)),
    );
    fc.assert(
      fc.property(text, (header) => {
        const ms = retryAfterMs(header, now);
        expect(ms === null || (Number.isSafeInteger(ms) && ms > 0)).toBe(true);
      }),
      { numRuns: runs },
    );
  });
});

test('what is kept of a body is its beginning, without half a character, whatever the chunks', () => {
  const chunk = fc.oneof(
    anyText.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 5 }),
      fc.integer({ min: 1, max: 2_000 }),
      (chunks, keepBytes) => {
        const answer = startAnswer(200, {}, keepBytes);
        for (const bytes of chunks) addChunk(answer, bytes);
        const all = Buffer.concat(chunks);
        const whole =
          all.length <= keepBytes
            ? all.toString('utf8')
            : new StringDecoder('utf8').write(all.subarray(0, keepBytes));
        expect(toResult(answer)).toMatchObject({ excerpt: storable(whole, keepBytes) });
      },
    ),
    { numRuns: runs },
  );
});

test('a character that lies across the end of what is kept is left out, also where a chunk ends there', () => {
  const answer = startAnswer(200, {}, 3);
  addChunk(answer, Buffer.from('é').subarray(0, 1));
  addChunk(answer, Buffer.concat([Buffer.from('é').subarray(1), Buffer.from('é').subarray(0, 1)]));
  addChunk(answer, Buffer.from('é').subarray(1));
  expect(toResult(answer)).toMatchObject({ excerpt: 'é' });
});

test('a text that is cut is no longer than asked, and begins as it did', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 300 }), (text, max) => {
      const shown = cut(text, max);
      const points = Array.from(text);
      expect(Array.from(shown).length).toBe(Math.min(max, points.length));
      const expected = points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
      expect(shown).toBe(expected.toWellFormed());
    }),
    { numRuns: runs },
  );
});

const key = 'R0123456789abcdefghijklmnopqrstu';
const token = 'twilio-token-0123456789';
const env = {
  NOTIFICATION_SERVICE_URL: 'https://notify.example',
  PAGERDUTY_ROUTING_KEY: key,
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: token,
  TWILIO_FROM: '+33600000000',
};
const addresses: Record<string, string> = {
  sms: '+33612345678',
  slack: 'https://hooks.slack.example/services/T0000000/B0000000/secretsecret',
};
const secretsOf: Record<string, string[]> = {
  pagerduty: [key],
  sms: [token, '33612345678'],
  slack: ['secretsecret'],
};
const secrets = Object.values(secretsOf).flat();

const quoting = fc
  .array(
    fc.oneof(
      anyText,
      fc.constantFrom(...secrets.flatMap((secret) => [`/${secret}`, `%2F${secret}`, `+${secret}`])),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join('').slice(0, 1_024));
const twilioError = fc
  .record({ code: fc.oneof(fc.constantFrom(21_211, 21_610, 30_001, 20_003), fc.jsonValue()) })
  .map((error) => JSON.stringify(error));
const twilioList = fc
  .record({
    messages: fc.array(
      fc.oneof(
        fc.jsonValue(),
        fc.record({
          sid: anyText,
          status: fc.constantFrom('sent', 'failed'),
          body: fc.oneof(fc.constant(null), fc.constant('Ref 000000000001'), anyText),
        }),
      ),
    ),
  })
  .map((list) => JSON.stringify(list));
const result: fc.Arbitrary<HttpResult> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      ok: fc.constant(true as const),
      statusCode: fc.oneof(
        fc.constantFrom(200, 201, 202, 400, 401, 403, 404, 410, 429, 500, 503),
        fc.integer({ min: 200, max: 999 }),
      ),
      retryAfter: fc.oneof(fc.constant(null), anyText, fc.nat().map(String)),
      excerpt: fc
        .oneof(
          quoting,
          twilioError,
          twilioList,
          fc.json(),
          fc.constantFrom('no_service', 'ok', 'invalid_token\n'),
        )
        .map((text) => storable(text)),
    }),
  },
  fc
    .constantFrom('timeout', 'dns_failed', 'invalid_target', 'connection_reset')
    .map((reason) => ({ ok: false as const, reason: reason as 'timeout' })),
);

describe('an answer, whatever it is, is a verdict, and quotes no secret', () => {
  const overHttp = channels.filter(({ name }) => name !== 'email') as readonly Channel[];

  test.each(overHttp.map((channel) => [channel.name, channel] as const))('%s', async (name, channel) => {
    const given = Object.entries(env).filter(([variable]) => variable in channel.settings.shape);
    const settings = channel.settings.parse(Object.fromEntries(given));
    await fc.assert(
      fc.asyncProperty(
        result,
        result,
        fc.boolean(),
        fc.integer({ min: 1, max: 10 }),
        async (posted, got, again, attempt) => {
          const http: Http = { post: async () => posted, get: async () => got, close: async () => undefined };
          const subscriber = subscriberAt('https://receiver.example/');
          const address = addresses[name] ?? null;
          const delivery = deliveryOf('alerts/theft', { address, subscriber, again, attempt });
          const sent = await channel.open(settings, toolsWith(http))(delivery);
          expectVerdict(sent.outcome);
          const excerpt = sent.responseExcerpt ?? '';
          expect([excerpt.isWellFormed(), excerpt.includes('\0'), excerpt.length <= 1_024]).toEqual([
            true,
            false,
            true,
          ]);
          for (const secret of secretsOf[name] ?? []) expect(excerpt + sent.targetUrl).not.toContain(secret);
        },
      ),
      { numRuns: runs / 4 },
    );
  });
});

function expectVerdict(outcome: Outcome): void {
  expect(['delivered', 'retry', 'refused']).toContain(outcome.type);
  if (outcome.type === 'retry' && outcome.afterMs !== undefined)
    expect(Number.isSafeInteger(outcome.afterMs)).toBe(true);
}

test('any failure of mail or network is judged, and shown without what it may quote', () => {
  const code = fc.constantFrom(
    undefined,
    'ETLS',
    'EAUTH',
    'EMESSAGE',
    'EENVELOPE',
    'ECONNECTION',
    'ESOCKET',
    'EABORT',
    '__proto__',
    'x',
  );
  const error = fc.record({
    code,
    originalCode: fc.oneof(code, fc.constantFrom('ECONNREFUSED', 'CERT_HAS_EXPIRED', 'constructor')),
    command: fc.constantFrom(undefined, 'RCPT TO', 'DATA', 'CONN'),
    response: fc.oneof(
      fc.constant(undefined),
      anyText,
      fc.tuple(fc.integer({ min: 200, max: 700 }), anyText).map(([number, text]) => `${number} ${text}`),
    ),
    responseCode: fc.oneof(
      fc.constant(undefined),
      fc.integer({ min: -1, max: 1_000 }),
      fc.constantFrom(421, 450, 501, 550, 553),
    ),
  });
  const secret = fc.oneof(
    anyText.filter((text) => text !== ''),
    lettersOf('a.*+?()[]{}\\^$|/-@', 10).filter((text) => text !== ''),
  );
  fc.assert(
    fc.property(error, secret, anyText, (failed, hidden, text) => {
      const outcome = judgeFailure(failed);
      if (outcome) expectVerdict(outcome);
      codeReason(failed.originalCode ?? '');
      const destination = { targetUrl: 'smtp://mail', placeholders: new Map([[hidden, '[it]']]) };
      const answer = failureAnswer(failed);
      const shown = report(outcome ?? { type: 'delivered' }, answer, destination);
      if (answer !== null) expect(shown.responseExcerpt?.isWellFormed()).toBe(true);
      if (!'[it]'.includes(hidden))
        expect(
          withPlaceholders(`${text} ${hidden} ${text}`.replaceAll(hidden, '\u0001'), destination),
        ).not.toContain(hidden);
      expect(withPlaceholders(hidden, destination)).toBe('[it]');
    }),
    { numRuns: runs },
  );
});

test('a mail server is refused, or can be shown without its password', () => {
  const name = fc.oneof(
    fc.webUrl(),
    anyText,
    lettersOf('smtp:/@.%?=a1[]', 30).map((text) => `smtp://${text}`),
  );
  const full = fc
    .tuple(
      fc.constantFrom('smtp', 'smtps'),
      lettersOf('ab%20@', 8),
      fc.constantFrom('secretword', 's%C3%A9cret'),
      fc.constantFrom('mail.example', '[::1]', '127.0.0.1'),
      fc.constantFrom('', ':25', '/', '?requireTLS=true', '?__proto__=1'),
    )
    .map(([protocol, user, word, host, rest]) => `${protocol}://${user}:${word}@${host}${rest}`);
  fc.assert(
    fc.property(fc.oneof(name, full), (text) => {
      const read = smtpUrl.safeParse(text);
      if (!read.success) {
        expect(JSON.stringify(read.error.issues)).not.toMatch(/secretword|s%C3%A9cret/);
        return;
      }
      expect(shownUrl(read.data)).toMatch(/^smtps?:\/\/[^@]+:\d+$/);
      expect(credentials(read.data).every((part) => part !== '')).toBe(true);
    }),
    { numRuns: runs / 4 },
  );
});

test('an address is refused, or accepted again as it was understood', () => {
  const address = fc.oneof(
    anyText,
    fc.emailAddress(),
    fc.webUrl(),
    lettersOf('+0123456789 ', 17),
    lettersOf('a@.-_+"', 12),
    lettersOf('htps:/@.a\n', 14),
  );
  const kinds = channels.flatMap((channel: Channel) => channel.recipient?.address ?? []);
  fc.assert(
    fc.property(fc.constantFrom(...kinds, serviceUrl('the URL of a service')), address, (schema, text) => {
      const read = schema.safeParse(text);
      if (!read.success) return;
      expect(schema.parse(read.data)).toBe(read.data);
      expect(read.data.trim()).toBe(read.data);
    }),
    { numRuns: runs },
  );
});

test('whatever an alert says, its messages are made, and fit', () => {
  const alert = fc.record({
    url: fc.webUrl({ withQueryParameters: true, withFragments: true, size: 'large' }),
    alert_uuid: fc.uuid(),
    location: anyText,
    label: fc.constantFrom('theft', 'normal'),
  });
  fc.assert(
    fc.property(alert, anyText, fc.boolean(), (said, extra, testMode) => {
      const theft = deliveryOf('alerts/theft');
      const raw = Buffer.from(JSON.stringify({ ...said, status: extra, impact: extra, shortlink: extra }));
      const summary = `${said.label} at ${said.location}`;
      const signal = {
        ...theft.signal,
        raw,
        summary,
        service: said.location,
        description: extra,
        eventId: extra,
        testMode,
      };
      const delivery = { ...theft, signal };
      expect(smsText(delivery).length).toBeLessThanOrEqual(320);
      const { text, blocks } = slackMessage(delivery);
      expect(text.replace(/<[^<>|]+\|Watch the clip>/, '')).not.toMatch(/[<>]/);
      expect(JSON.stringify(blocks).length).toBeLessThan(30_000);
      const { html } = toMessage(delivery, { name: '', address: 'a@b.example' });
      expect(
        html.replace(/<\/?(?:div|h1|p|b|table|tr|td|a)(?: (?:style|href)="[^"<>]*")*>/g, ''),
      ).not.toMatch(/[<>]/);
      const body = pagerdutyBody(delivery, { routingKey: key, homeUrl: 'http://x/' });
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(512_000);
      expect(JSON.parse(body).dedup_key.length).toBeLessThanOrEqual(255);
    }),
    { numRuns: runs / 4 },
  );
});

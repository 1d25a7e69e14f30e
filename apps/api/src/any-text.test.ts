import { newId } from '@signalbox/domain';
import { ConfigError } from '@signalbox/runtime';
import type { Request, Response } from 'express';
import * as fc from 'fast-check';
import { z } from 'zod';
import { readCompletion } from './ai/completion.js';
import { firstSentence } from './ai/first-sentence.js';
import { redact } from './ai/redact.js';
import { stub } from './ai/stub.js';
import { readConfig } from './config.js';
import { contacts, shownAddress, shownContact } from './contact-schema.js';
import { correlationId } from './correlation.js';
import { cursor, cursorAfter, limit, readPage } from './paging.js';
import { newSubscription, shownSubscription, subscriptionChange, toFields } from './subscription-schema.js';
import { timeRange } from './time-range.js';
import { newUser } from './user-schema.js';

/** FUZZ_RUNS=50 tries fifty times as much. */
const runs = 500 * Number(process.env.FUZZ_RUNS ?? 1);

const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '\0', '\ud800', '__proto__', '1e2', '0x10', '٣', '\n'),
);
const lettersOf = (letters: string, maxLength = 12) =>
  fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength });

test('a limit is a whole number from 1 to 500, written with nothing but digits', () => {
  fc.assert(
    fc.property(
      fc.oneof(anyText, fc.nat({ max: 600 }).map(String), lettersOf('0123456789e.-+x ', 5)),
      (text) => {
        const right = /^[0-9]{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 500;
        expect(limit.safeParse(text).data).toBe(right ? Number(text) : undefined);
      },
    ),
    { numRuns: runs },
  );
});

test('a cursor leads where it was made for; anything else is none, or an id', () => {
  const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  fc.assert(
    fc.property(fc.oneof(anyText, fc.uuid(), lettersOf('0123456789abcdef-', 40)), (text) => {
      expect(cursor.safeParse(cursorAfter(text)).data).toBe(
        guid.test(text.toLowerCase()) ? text.toLowerCase() : undefined,
      );
      const read = cursor.safeParse(text);
      if (read.success) expect(read.data).toMatch(guid);
    }),
    { numRuns: runs },
  );
  expect(cursor.parse(cursorAfter(newId()))).toBeTruthy();
});

test('a time is one that Date reads, and Postgres keeps', () => {
  const range = z.object(timeRange);
  const written = fc
    .tuple(
      fc.date({
        min: new Date('0000-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59Z'),
        noInvalidDate: true,
      }),
      fc.constantFrom('Z', '+02:00', '-23:59', '+24:00', ''),
    )
    .map(([date, zone]) => date.toISOString().replace('Z', zone));
  fc.assert(
    fc.property(fc.oneof(anyText, written, lettersOf('0129-T:Z.+', 24)), (text) => {
      const since = range.safeParse({ since: text }).data?.since;
      if (since === undefined) return;
      expect(since.getTime()).toBe(Date.parse(text));
      expect(Math.abs(since.getUTCFullYear())).toBeLessThanOrEqual(10_000);
    }),
    { numRuns: runs },
  );
});

test('a request keeps the id it came with, if that is plain, and else gets one that is', () => {
  const trace = fc.stringMatching(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
  const header = fc.oneof(anyText, trace, lettersOf('abc-0 ', 140));
  fc.assert(
    fc.property(
      fc.record({ 'x-request-id': header, traceparent: header }, { requiredKeys: [] }),
      (headers) => {
        const id = correlationId(headers);
        expect(id).toMatch(/^[\x21-\x7e]{1,128}$/);
        const given = headers['x-request-id'] ?? '';
        if (/^[\x21-\x7e]{1,128}$/.test(given)) expect(id).toBe(given);
      },
    ),
    { numRuns: runs },
  );
});

test('any query is a page, or answered 400', () => {
  const value = fc.oneof(
    anyText,
    fc.array(anyText, { maxLength: 3 }),
    fc.constantFrom('50', cursorAfter(newId())),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('limit', 'cursor', '__proto__', 'a'), value), (query) => {
      let status = 0;
      const response = {
        getHeader: () => 'id',
        writeHead: (code: number) => (status = code),
        end: () => undefined,
        req: { complete: true },
      };
      const page = readPage({ query } as unknown as Request, response as unknown as Response);
      expect(page === null ? status : 0).toBe(page === null ? 400 : status);
      if (page)
        expect([
          page.limit >= 1 && page.limit <= 500,
          page.before === null || page.before.length === 36,
        ]).toEqual([true, true]);
    }),
    { numRuns: runs },
  );
});

test('the channels of a user are refused, or shown as they can be given again', () => {
  const address = fc.oneof(
    anyText,
    fc.emailAddress(),
    fc.constantFrom('+33612345678', 'https://hooks.slack.com/services/T/B/x', ' https://a.example '),
  );
  const contact = fc.record(
    {
      channel: fc.constantFrom('email', 'sms', 'slack', 'notification', 'constructor'),
      address,
      severities: fc.subarray(['info', 'warning', 'critical']),
    },
    { requiredKeys: ['channel'] },
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 8, arbitrary: contact }, fc.jsonValue()), { maxLength: 3 }),
      (given) => {
        const read = contacts.safeParse(given);
        if (!read.success) return;
        // A secret address comes back as what stands for it.
        const asShown = read.data.map((contact) => ({ ...contact, address: shownAddress(contact) }));
        expect(contacts.parse(JSON.parse(JSON.stringify(read.data.map(shownContact))))).toEqual(asShown);
      },
    ),
    { numRuns: runs },
  );
});

test('quiet hours are two times of a day in a zone', () => {
  const time = fc.oneof(
    lettersOf('0123456789:', 5),
    fc.constantFrom('22:00', '07:00', '24:00', '7:00', '00:00'),
  );
  fc.assert(
    fc.property(time, time, fc.oneof(fc.constant('Europe/Paris'), anyText), (from, to, time_zone) => {
      const read = newUser.safeParse({ name: 'a', quiet_hours: { from, to, time_zone } });
      if (!read.success) return;
      for (const at of [from, to])
        expect(new Date(`2026-01-01T${at}:00Z`).toISOString()).toContain(`T${at}:00`);
      expect(from).not.toBe(to);
      expect(Intl.DateTimeFormat('en', { timeZone: time_zone })).toBeDefined();
    }),
    { numRuns: runs },
  );
});

test('a subscription is shown as it can be given again', () => {
  const wait = fc
    .tuple(fc.nat({ max: 2_000 }), fc.constantFrom('ms', 's', 'm', 'h'))
    .map(([count, unit]) => `${count}${unit}`);
  const change = fc.record(
    {
      url: fc.oneof(fc.constant('https://a.example/x?y'), anyText),
      description: fc.option(anyText),
      event_types: fc.array(fc.oneof(fc.constantFrom('a.b', 'a.*', '*'), anyText), { maxLength: 3 }),
      rate_limit: fc.option(
        fc.record({ limit: fc.nat({ max: 20_000 }), period_seconds: fc.nat({ max: 90_000 }) }),
      ),
      retry_schedule: fc.option(fc.array(wait, { maxLength: 4 })),
      timeout_seconds: fc.integer({ min: 4, max: 31 }),
      max_in_flight: fc.integer({ min: 0, max: 101 }),
      headers: fc.dictionary(lettersOf('aX-', 5), lettersOf('ab ', 5), { maxKeys: 2 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(change, (given) => {
      const read = subscriptionChange.safeParse(given);
      if (!read.success) return;
      const fields = toFields(read.data);
      const shown = shownSubscription({
        ...fields,
        headers: {},
        sealedSecrets: [],
        timeoutMs: fields.timeoutMs ?? 10_000,
      } as never);
      // Headers are shown masked, and kept apart.
      const again = Object.fromEntries(
        Object.keys({ ...given, headers: {} }).map((name) => [name, shown[name as 'url']]),
      );
      expect(toFields(subscriptionChange.parse(JSON.parse(JSON.stringify(again))))).toEqual(fields);
    }),
    { numRuns: runs },
  );
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.jsonValue(),
      (url, secret) => void newSubscription.safeParse({ url, secret, ingest_secret: secret }),
    ),
    { numRuns: runs / 2 },
  );
});

describe('the summarizer', () => {
  const words = fc
    .array(
      fc.oneof(
        anyText,
        fc.constantFrom(
          'payments failed. ',
          'not ',
          'resolved ',
          'ana@example.com ',
          'key=',
          'Bearer ',
          '+33 6 12 34 56 78 ',
          '4242 4242 4242 4242 ',
          'eyJ',
          '-----BEGIN ',
        ),
      ),
    )
    .map((parts) => parts.join(''));

  test('redacts what it is given until nothing is left to redact, and says one line that can be kept', () => {
    fc.assert(
      fc.property(words, (text) => {
        const { text: redacted } = redact(text);
        expect([
          redacted.isWellFormed(),
          redacted.includes('\0'),
          redacted.includes('ana@example.com'),
        ]).toEqual([true, false, false]);
        const { summary } = stub(redacted);
        expect(summary).toBe(summary.toWellFormed());
        expect(summary).not.toMatch(/[\n\r\0]/);
        expect(Array.from(firstSentence(text)).length).toBeLessThanOrEqual(140);
      }),
      { numRuns: runs },
    );
  });

  test('any answer of a model is a verdict that can be kept, or none', () => {
    const content = fc.oneof(
      words,
      fc
        .record({
          summary: fc.oneof(words, fc.jsonValue()),
          suggested_severity: fc.constantFrom('info', 'critical', 'x', 1),
        })
        .map((said) => `\`\`\`json\n${JSON.stringify(said)}\n\`\`\``),
    );
    const answer = fc.record({
      choices: fc.array(fc.record({ message: fc.record({ content: fc.oneof(content, fc.jsonValue()) }) }), {
        maxLength: 2,
      }),
      usage: fc.record({ prompt_tokens: fc.oneof(fc.nat(), fc.jsonValue()), completion_tokens: fc.nat() }),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          answer.map((value) => JSON.stringify(value)),
          fc.json(),
          anyText,
        ),
        (body) => {
          const { verdict, usage } = readCompletion(body);
          if (verdict)
            expect([
              verdict.summary.isWellFormed(),
              verdict.summary.includes('\0'),
              verdict.summary !== '',
            ]).toEqual([true, false, true]);
          if (usage) expect(Number.isSafeInteger(usage.promptTokens + usage.completionTokens)).toBe(true);
        },
      ),
      { numRuns: runs },
    );
  });

  test.each([
    '1 ',
    '1',
    '4-',
    'a.',
    'a@',
    'eyJ',
    'eyJ.',
    'key=',
    'key="',
    'a://',
    '://:',
    'a:',
    '::',
    '-----BEGIN ',
    'Aa0_',
    'FR12 ',
    '+1(',
    'tel:',
    '\ufdfa',
    'not ',
    'no ',
    'all a ',
    'payment ',
    'fail to process ',
    'bearer ',
    'cookie:a=',
    'authorization: ',
    'password\\',
    '0 1 ',
    'é',
    '&',
    '12.',
  ])('%j over and over takes no long time', (piece) => {
    const text = piece.repeat(20_000 / piece.length);
    // Not by the clock: the machine may be busy with something else.
    const startedAt = process.cpuUsage();
    stub(redact(text).text);
    stub(redact(`${text}!`).text);
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(5_000);
  });
});

test('any environment is a configuration, or a list of what is wrong that quotes no secret', () => {
  const right = { DATABASE_URL: 'postgres://a@b/c', REDIS_URL: 'redis://a' };
  const names = [
    'PORT',
    'HOST',
    'DATABASE_URL',
    'REDIS_URL',
    'LOG_LEVEL',
    'ROUTE_WARNING',
    'FALLBACK_AFTER',
    'RETRY_SCHEDULE',
    'ENCRYPTION_KEY',
    'AI_BASE_URL',
    'AI_API_KEY',
    'AI_TIMEOUT',
    'AI_DAILY_BUDGET',
    'STATUS_POLL_SECONDS',
    'SPREEDLY_STATUS_SUMMARY_URL',
    'NODE_ENV',
    'STRIPE_WEBHOOK_SECRET',
    'ALERTS_SECRET',
    'PAGERDUTY_MOCK',
    '__proto__',
  ];
  const value = fc.oneof(
    anyText,
    fc.constantFrom(
      'true',
      '10s',
      '10s,1m',
      '1',
      'production',
      'https://a.example',
      '999999999h',
      '1e999',
      'a b',
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 }), (given) => {
      try {
        const config = readConfig({ ...right, ...given });
        expect([
          Number.isInteger(config.PORT),
          config.RETRY_SCHEDULE.every(Number.isFinite),
          config.ENCRYPTION_KEY.length > 0,
        ]).toEqual([true, true, true]);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const { AI_API_KEY = '', ENCRYPTION_KEY = '', ...shown } = given;
        for (const secret of [AI_API_KEY.trim(), ENCRYPTION_KEY.trim()]) {
          const isSaid = secret.length > 8 && error.message.includes(secret);
          if (isSaid) expect(Object.values(shown).join()).toContain(secret);
        }
      }
    }),
    { numRuns: runs },
  );
});

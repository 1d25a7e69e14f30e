import { randomBytes } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as fc from 'fast-check';
import { customHeaders } from './custom-headers.js';
import { encryptionKeys } from './envelope.js';
import { eventTypeName, eventTypePattern, matchesEventType } from './event-type.js';
import { compileFilter, filterSchema } from './filter.js';
import { isTimeZone, quietUntil } from './quiet-hours.js';
import { retryDelay } from './retry.js';
import { durations, flag, integer, parseDuration } from './settings.js';
import { jsonView } from './signal.js';
import { constantTimeEqual, signHub, verifyHubSignature } from './signature.js';
import { isName, isPlain, storable } from './text.js';
import { compileReshape, transformSchema } from './transform.js';

/** FUZZ_RUNS=50 tries fifty times as much. */
const runs = 500 * Number(process.env.FUZZ_RUNS ?? 1);

/** Text of any kind, lone surrogates and control characters too. */
const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '\0', '\ud800', '__proto__', 'constructor', '\ufeff', '\u2028', '１０s', '٣s'),
);
/** Text of the letters that a parser looks for, so that it often says yes. */
const lettersOf = (letters: string, maxLength = 12) =>
  fc.string({ unit: fc.constantFrom(...letters.split('')), maxLength });

describe('durations', () => {
  const unit = fc.constantFrom(['ms', 1], ['s', 1_000], ['m', 60_000], ['h', 3_600_000]);
  const space = fc.constantFrom('', ' ', '\t', '\n');

  test('what is written is read', () => {
    const one = fc.tuple(fc.nat({ max: 596 }), unit, space, space);
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (list) => {
        const texts = list.map(([count, [name], before, after]) => `${before}${count}${name}${after}`);
        const expected = list.map(([count, [, ms]]) => count * (ms as number));
        expect(texts.map(parseDuration)).toEqual(expected);
        expect(durations.parse(texts.join(','))).toEqual(expected);
      }),
      { numRuns: runs },
    );
  });

  test('what is read is an amount and a unit', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, lettersOf('0123456789msh .e-+,')), (text) => {
        const ms = parseDuration(text);
        const [, count, name] = /^([0-9]{1,9})(h|m|s|ms)$/.exec(text.trim()) ?? [];
        const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
        const expected = name === undefined ? Number.NaN : Number(count) * (units[name] as number);
        // Longer than a timer can wait.
        expect(ms).toBe(expected < 2 ** 31 ? expected : null);
      }),
      { numRuns: runs },
    );
  });
});

test('a whole number is one within its bounds, and written as one', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: -20, max: 120 }).map(String), anyText, lettersOf('0123456789xeE.-+_ ')),
      (text) => {
        const read = integer(1, 99).safeParse(text);
        expect(flag.safeParse(text).success).toBe(false);
        if (read.success) expect([...Array(99).keys()].map((zero) => zero + 1)).toContain(read.data);
        const plain = /^[1-9]\d?$/.test(text);
        if (plain) expect(read.data).toBe(Number(text));
        else if (read.success) expect(text).toMatch(/^0+[1-9]\d?$/);
      },
    ),
    { numRuns: runs },
  );
});

describe('event types', () => {
  const part = /^[A-Za-z0-9_:/-]+$/;
  const isType = (text: string) => text.length <= 100 && text.split('.').every((name) => part.test(name));
  const typed = fc.oneof(anyText, lettersOf('aZ09_:/-..*\n '), lettersOf('ab.', 110));

  test('a name is parts joined by dots; a pattern is one, or one with .* behind it, or *', () => {
    fc.assert(
      fc.property(typed, (text) => {
        expect(eventTypeName.safeParse(text).success).toBe(isType(text));
        const stem = text.endsWith('.*') ? text.slice(0, -2) : text;
        const isPattern = text === '*' || (text.length <= 100 && isType(stem));
        expect(eventTypePattern.safeParse(text).success).toBe(isPattern);
      }),
      { numRuns: 2 * runs },
    );
  });

  test('a pattern covers itself and, part by part, what begins like it', () => {
    const name = lettersOf('ab.', 6).filter(isType);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, fc.constantFrom('', '.*')), { maxLength: 3 }),
        name,
        (list, type) => {
          const parts = type.split('.');
          const covered = list.map(([stem, star]) => {
            const asked = stem.split('.');
            const begins = asked.every((wanted, index) => parts[index] === wanted);
            return begins && (star ? parts.length > asked.length : parts.length === asked.length);
          });
          const patterns = list.map(([stem, star]) => stem + star);
          expect(matchesEventType(patterns, type)).toBe(list.length === 0 || covered.includes(true));
          expect(matchesEventType(['*'], type)).toBe(true);
        },
      ),
      { numRuns: runs },
    );
  });
});

test('custom headers are refused, or can be sent as they are, and pass again', () => {
  // zod leaves out a member of the name __proto__, which nobody needs for a header.
  const name = fc.oneof(
    anyText.filter((text) => text !== '__proto__'),
    lettersOf('aX-_!:% ', 8),
    fc.constantFrom('Host', 'x-signalbox-a', 'Proxy-A', 'TE', 'Authorization', 'authorization'),
  );
  const value = fc.oneof(anyText, lettersOf('ab \t\r\n:é', 8));
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), (given) => {
      const read = customHeaders.safeParse(given);
      if (!read.success) return;
      for (const [name, value] of Object.entries(read.data)) {
        validateHeaderName(name);
        validateHeaderValue(name, value);
        expect(name).toMatch(/^(?!x-signalbox-|proxy-|host$|te$)[^A-Z]+$/);
        expect(value).toBe(value.trim());
      }
      expect(customHeaders.parse(read.data)).toEqual(read.data);
      expect(Object.keys(read.data)).toHaveLength(Object.keys(given).length);
    }),
    { numRuns: runs },
  );
});

test('keys are read back in their order, anything else is refused without being quoted', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(',', ' , ', ',\n'),
      (keys, comma) => {
        const text = keys.map((bytes) => bytes.toString('base64')).join(comma);
        expect(
          encryptionKeys(true)
            .parse(text)
            .map((read) => read.key),
        ).toEqual(keys);
      },
    ),
    { numRuns: runs / 5 },
  );
  const base64 = lettersOf('Aa0+/=,- ', 50);
  const nearly = fc.integer({ min: 20, max: 40 }).map((length) => randomBytes(length).toString('base64url'));
  fc.assert(
    fc.property(fc.oneof(anyText, base64, nearly), (text) => {
      const read = encryptionKeys(false).safeParse(text);
      for (const { key, id } of read.data ?? []) expect([key.length, id.length]).toEqual([32, 8]);
      if (!read.success && text.length > 8) expect(JSON.stringify(read.error.issues)).not.toContain(text);
    }),
    { numRuns: runs },
  );
});

describe('hub signatures', () => {
  const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array));

  test('what was signed is verified; with one bit changed, or another secret, it is not', () => {
    fc.assert(
      fc.property(anyText, bytes, fc.nat(), fc.integer({ min: 0, max: 7 }), (secret, body, at, bit) => {
        const header = signHub(secret, body);
        expect(verifyHubSignature(secret, body, header)).toBe(true);
        expect(verifyHubSignature(`${secret}x`, body, header)).toBe(false);
        if (body.length === 0) return;
        const changed = Buffer.from(body);
        const index = at % body.length;
        changed[index] = (changed[index] as number) ^ (1 << bit);
        expect(verifyHubSignature(secret, changed, header)).toBe(false);
      }),
      { numRuns: runs / 2 },
    );
  });

  test('any header is answered', () => {
    const body = Buffer.from('{}');
    const header = fc.oneof(
      anyText,
      lettersOf('0123456789abcdefsha=', 80).map((text) => `sha256=${text}`),
    );
    fc.assert(
      fc.property(header, (text) => expect(verifyHubSignature('secret', body, text)).toBe(false)),
      { numRuns: runs },
    );
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(constantTimeEqual(a, b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
        expect(constantTimeEqual(a, a)).toBe(true);
      }),
      { numRuns: runs },
    );
  });
});

test('storable text is text that Postgres keeps: well-formed, without NUL, no longer than asked, and stays so', () => {
  fc.assert(
    fc.property(anyText, fc.nat({ max: 20 }), (text, max) => {
      const kept = storable(text, max);
      expect([kept.isWellFormed(), kept.includes('\0'), kept.length <= max]).toEqual([true, false, true]);
      expect(storable(kept, max)).toBe(kept);
      if (isPlain(text)) expect(storable(text)).toBe(text.slice(0, 1024));
      if (isName(text)) expect([isPlain(text), text.trim() !== '']).toEqual([true, true]);
    }),
    { numRuns: runs },
  );
});

test('the view of any bytes is the JSON they hold, or a text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) =>
      expect(jsonView(Buffer.from(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value))),
    ),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => void JSON.stringify(jsonView(Buffer.from(bytes)))),
    { numRuns: runs },
  );
});

test('a transform is refused, or makes JSON of any JSON', () => {
  const path = fc.oneof(
    lettersOf('ab.', 4),
    fc.constantFrom('__proto__', 'constructor', 'a.__proto__'),
    anyText,
  );
  const transform = fc.oneof(
    fc.record(
      { omit: fc.array(path, { maxLength: 3 }), rename: fc.dictionary(path, path, { maxKeys: 3 }) },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
  );
  const member = fc.constantFrom('a', 'b', '__proto__', 'constructor');
  const leaf = fc.oneof(anyText, fc.double(), fc.constant(null));
  const inner = fc.dictionary(member, leaf, { maxKeys: 3 });
  const json = fc.oneof(
    fc.dictionary(member, fc.oneof(leaf, inner, fc.array(inner, { maxLength: 3 }))),
    leaf,
  );
  fc.assert(
    fc.property(transform, json, (given, payload) => {
      const read = transformSchema.safeParse(given);
      if (!read.success || read.data.jsonata !== undefined) return;
      JSON.parse(compileReshape(read.data)(Buffer.from(JSON.stringify(payload))).toString('utf8'));
    }),
    { numRuns: runs },
  );
});

test('any text is a time zone or none, and one that is has a night', () => {
  const zone = fc.oneof(
    anyText,
    fc.constantFrom('Europe/Paris', 'utc', 'Etc/GMT+12', '+01:00', 'EST5EDT', 'asia/KOLKATA'),
  );
  fc.assert(
    fc.property(zone, (timeZone) => {
      if (!isTimeZone(timeZone)) return;
      const until = quietUntil({ from: '00:00', to: '23:59', timeZone }, new Date('2026-03-29T01:30:00Z'));
      expect(until === null || until > new Date('2026-03-29T01:30:00Z')).toBe(true);
    }),
    { numRuns: runs / 2 },
  );
});

test('whatever a receiver asks for, the wait before a retry is finite, and a date Postgres can keep', () => {
  const schedule = fc.array(fc.nat({ max: 24 * 3_600_000 }), { minLength: 1, maxLength: 5 });
  const after = fc.option(fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER)), { nil: undefined });
  fc.assert(
    fc.property(
      schedule,
      fc.integer({ min: 1, max: 30 }),
      after,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (waits, attempt, afterMs, random) => {
        const delay = retryDelay(waits, attempt, afterMs, random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThan(100 * 365 * 24 * 3_600_000);
      },
    ),
    { numRuns: runs },
  );
});

/** What is quadratic would take minutes. */
describe('a mebibyte', () => {
  const filter = filterSchema.parse({
    a: { b: [{ c: 1 }, { $not: { d: { $gt: 1 } } }] },
    'a.b.c': { $exists: true, $nin: [1] },
  });
  const reshape = compileReshape(
    transformSchema.parse({ omit: ['a.b.c', 'b'], rename: { 'a.b': 'c', d: 'b' } }),
  );
  const size = 1_048_000;

  test.each([
    ['[1,', ']'],
    ['[[],', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
    ['{"a":[{"b":', '}]}'],
    ['{"a":{"b":[', ']}}'],
    ['{"b":1,"a":', '}'],
  ])('nested like %s is edited and matched in a moment', (open, close) => {
    const levels = Math.floor(size / (open.length + close.length));
    within(5_000, () => {
      const json = Buffer.from(`${open.repeat(levels)}1${close.repeat(levels)}`);
      compileFilter(filter)(JSON.parse(json.toString()));
      JSON.parse(reshape(json).toString());
    });
  });

  test.each(['"a":1', '"a":{"b":{"c":1}}', '"b":1', '"\\u0061":{"b":1}', '"a":[{"b":1}]', '"\\"":"\\\\"'])(
    'of members like %s is edited and matched in a moment',
    (member) => {
      within(5_000, () => {
        const json = Buffer.from(
          `{${Array(Math.floor(size / (member.length + 1)))
            .fill(member)
            .join(',')}}`,
        );
        compileFilter(filter)(JSON.parse(json.toString()));
        JSON.parse(reshape(json).toString());
      });
    },
  );

  test.each(['a', '.', 'a.', '.*', ' ', '0', ',', '=', '\0', '\ud800', '1h,', '/'])(
    'of %j is no text that takes long',
    (piece) => {
      const text = piece.repeat(size / piece.length);
      within(5_000, () => {
        eventTypeName.safeParse(text);
        eventTypePattern.safeParse(text);
        parseDuration(text);
        durations.safeParse(text);
        integer(1, 9).safeParse(text);
        encryptionKeys(false).safeParse(text);
        customHeaders.safeParse({ [text]: text });
        transformSchema.safeParse({ omit: [text], rename: { [text]: text } });
        filterSchema.safeParse({ [text]: text });
        isTimeZone(text);
        isName(text);
        isPlain(text);
        storable(text);
        jsonView(Buffer.from(text));
        verifyHubSignature('secret', Buffer.from(text), text);
      });
    },
  );

  function within(mostMs: number, work: () => void): void {
    // Not by the clock: the machine may be busy with something else.
    const startedAt = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(startedAt);
    expect((user + system) / 1_000).toBeLessThan(mostMs);
  }
});

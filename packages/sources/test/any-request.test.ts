import { isUtf8 } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { eventTypeName, type Signal } from '@signalbox/domain';
import * as fc from 'fast-check';
import { normalizeEvent } from '../src/event.js';
import { idempotencyKey } from '../src/idempotency-key.js';
import { sources } from '../src/index.js';
import { readJson } from '../src/json-body.js';
import { isRejection, type Rejection } from '../src/source.js';
import { allPages, environmentPages } from '../src/status-pages.js';
import { normalizeWebhook } from '../src/webhook.js';

/** FUZZ_RUNS=50 tries fifty times as much. */
const runs = 500 * Number(process.env.FUZZ_RUNS ?? 1);

const receivedAt = new Date('2026-01-01T00:00:00Z');
const inbound = (bytes: Buffer, headers: Record<string, string> = {}) => ({
  bytes,
  receivedAt,
  headers: { 'content-type': 'application/json', ...headers },
});

const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom('', ' ', 'x'.repeat(256), 'a b', '"quoted"', '__proto__'),
);
const space = fc.constantFrom('', ' ', '\n\t', '\r');
const odd = fc.constantFrom(
  '1e999',
  '-0',
  '"\\ud800"',
  '"\\u0000"',
  '{"__proto__":1}',
  '{"a":1,"a":2}',
  '01',
  '+1',
  "'a'",
  'NaN',
  '[1,]',
  '\ufeff1',
);
const bodies = fc.oneof(
  fc.tuple(space, fc.oneof(fc.json(), odd), space).map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.json(), fc.nat(), fc.nat({ max: 255 })).map(([text, at, byte]) => {
    const bytes = Buffer.from(text);
    bytes[at % bytes.length] = byte;
    return bytes;
  }),
);

test('a body is what JSON.parse reads in it, where it is UTF-8, and turned away where it reads nothing', () => {
  fc.assert(
    fc.property(bodies, (bytes) => {
      const read = readJson(inbound(bytes));
      expect('value' in read ? [read.value] : []).toEqual(reference(bytes));
    }),
    { numRuns: 3 * runs },
  );

  function reference(bytes: Buffer): unknown[] {
    try {
      return isUtf8(bytes) ? [JSON.parse(bytes.toString('utf8'))] : [];
    } catch {
      return [];
    }
  }
});

test('a body is as deep as its brackets, those in texts aside, and may be 64 deep', () => {
  const fill = fc.constantFrom('', '"[[[["', '"\\"{{{"', '"\\\\",[]', '{"}}}":"]]"},1');
  const level = fc.constantFrom(['[', ']'], ['{"[\\"":', '}']);
  fc.assert(
    fc.property(fc.integer({ min: 54, max: 74 }), level, fill, (depth, [open, close], inner) => {
      const inside = open === '[' ? `[${inner}]` : '[]';
      const bytes = Buffer.from(
        (open as string).repeat(depth - 1) + inside + (close as string).repeat(depth - 1),
      );
      const more = open === '[' && /\[\]|\{"}/.test(inner) ? 1 : 0;
      expect('value' in readJson(inbound(bytes))).toBe(depth + more <= 64);
    }),
    { numRuns: runs / 5 },
  );
});

test('an idempotency key is visible ASCII, at most 255 of it', () => {
  const nearly = fc.string({
    unit: fc.constantFrom('a', '!', '~', ' ', '\x7f'),
    minLength: 250,
    maxLength: 260,
  });
  fc.assert(
    fc.property(fc.oneof(anyText, nearly), (text) => {
      const right = text.length >= 1 && text.length <= 255 && /^[!-~]*$/.test(text);
      expect(idempotencyKey({ 'idempotency-key': text })).toEqual(
        right ? { key: text } : expect.objectContaining({ status: 400 }),
      );
    }),
    { numRuns: runs },
  );
});

describe('webhooks and events', () => {
  const headers = fc.dictionary(
    fc.constantFrom('x-event-type', 'idempotency-key', 'content-type'),
    fc.oneof(
      anyText,
      fc.constantFrom('order.created', 'application/json', 'application/cloudevents+json; charset=utf-8'),
    ),
  );
  const event = fc.record(
    {
      type: fc.oneof(fc.constantFrom('order.created', 'a..b'), anyText),
      data: fc.jsonValue(),
      id: fc.oneof(anyText, fc.jsonValue()),
    },
    { requiredKeys: [] },
  );

  test('any request is turned away with a reason, or a signal of its own bytes', () => {
    const query = fc.oneof(fc.constant(undefined), fc.constantFrom('order.paid', ['a', 'b']), anyText);
    fc.assert(
      fc.property(
        fc.oneof(
          bodies,
          event.map((value) => Buffer.from(JSON.stringify(value))),
        ),
        headers,
        query,
        (bytes, given, eventTypeQuery) => {
          const request = inbound(bytes, given);
          const webhook = normalizeWebhook({ ...request, subscriptionId: 'id', eventTypeQuery });
          for (const made of [webhook, normalizeEvent(request)]) {
            expectRightAnswer('status' in made ? made : made.signal, bytes);
            if ('status' in made) continue;
            expect(eventTypeName.safeParse(made.signal.eventType).success).toBe(true);
            const key = given['idempotency-key'];
            if (key !== undefined)
              expect([made.keyed, made.signal.dedupeKey.endsWith(key)]).toEqual([true, true]);
          }
        },
      ),
      { numRuns: 2 * runs },
    );
  });
});

describe('every source', () => {
  const nasty = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('\0', '\ud800', '__proto__', 1e300, -1, '2024-02-30T00:00:00Z', 253_402_300_800),
  );

  test.each(sources.map((source) => [source.name, source] as const))(
    '%s takes its fixtures with anything in one place',
    (name, source) => {
      const folder = new URL(`../../../fixtures/${name}/`, import.meta.url);
      const files = readdirSync(folder).filter(
        (file) => file.endsWith('.json') && !file.endsWith('.signal.json'),
      );
      const fixtures = files.map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
      const places = fixtures.flatMap((fixture) =>
        placesIn(fixture).map((place) => [fixture, place] as const),
      );
      let signals = 0;
      fc.assert(
        fc.property(
          fc.constantFrom(...places),
          fc.oneof(nasty, fc.constant(undefined)),
          ([fixture, place], value) => {
            const bytes = Buffer.from(JSON.stringify(changed(fixture, place, value)) ?? '');
            const made = source.normalize(inbound(bytes));
            signals += isRejection(made) ? 0 : 1;
            expectRightAnswer(made, bytes);
          },
        ),
        { numRuns: 2 * runs },
      );
      expect(signals).toBeGreaterThan(runs / 200);
    },
  );

  function placesIn(value: unknown): string[][] {
    if (typeof value !== 'object' || value === null) return [[]];
    return [
      [],
      ...Object.entries(value).flatMap(([key, part]) => placesIn(part).map((rest) => [key, ...rest])),
    ];
  }

  function changed(value: unknown, [key, ...rest]: string[], to: unknown): unknown {
    if (key === undefined) return to;
    const copy = structuredClone(value) as Record<string, unknown>;
    copy[key] = changed(copy[key], rest, to);
    return copy;
  }
});

/** What Postgres and every reader need of a signal; what a sender needs of a rejection. */
function expectRightAnswer(made: Signal | Rejection, bytes: Buffer): void {
  if (isRejection(made)) {
    expect(made.status).toBeGreaterThanOrEqual(400);
    expect(made.status).toBeLessThan(500);
    expect([made.reason, made.detail].every((text) => text !== '')).toBe(true);
    return;
  }
  const { eventId, dedupeKey, eventType, service, summary, description, startedAt } = made;
  for (const text of [eventId, dedupeKey, eventType, service, summary, description ?? '']) {
    expect([text.isWellFormed(), text.includes('\0')]).toEqual([true, false]);
  }
  expect(startedAt.toISOString()).toMatch(/^\d{4}-/);
  expect(made.raw).toBe(bytes);
}

test('a body of Stripe is taken with its signature, and with no other', () => {
  const [stripe] = sources.filter(({ name }) => name === 'stripe');
  const at = receivedAt.getTime() / 1_000;
  const age = fc.integer({ min: -400, max: 400 });
  fc.assert(
    fc.property(fc.jsonValue(), age, fc.constantFrom('one', 'two', 'three'), (value, seconds, secret) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const time = at - seconds;
      const v1 = createHmac('sha256', secret).update(`${time}.`).update(bytes).digest('hex');
      const header = `t=${time},v1=${'0'.repeat(64)},v1=${v1}`;
      const verdict = stripe?.verify(inbound(bytes, { 'stripe-signature': header }), {
        STRIPE_WEBHOOK_SECRET: 'one, two',
      });
      expect(verdict === null).toBe(secret !== 'three' && seconds <= 300);
    }),
    { numRuns: runs / 2 },
  );
});

test('every page that is named is polled once', () => {
  const pages = fc.array(fc.record({ name: anyText, url: fc.option(fc.webUrl()) }), { maxLength: 3 });
  fc.assert(
    fc.property(
      pages,
      fc.option(fc.boolean(), { nil: undefined }),
      fc.boolean(),
      (stored, STATUS_FIXTURES, production) => {
        const settings = { STATUS_FIXTURES, STATUS_POLL_SECONDS: 60, STATUS_SUPPRESS_COMPONENTS: true };
        const all = allPages(settings, production, stored);
        expect(all.length).toBe(
          environmentPages(settings, production).length + stored.filter(({ url }) => url !== null).length,
        );
      },
    ),
    { numRuns: runs / 10 },
  );
});

/** What takes twice as long for twice as much is fast enough at 1 MiB; what is quadratic would take minutes. */
test.each([
  ['open brackets', '['],
  ['open objects', '{"a":'],
  ['quotes', '"'],
  ['backslashes', '\\'],
  ['escaped quotes', '"\\"'],
  ['spaces', ' '],
  ['digits', '1'],
  ['commas', '[1],'],
  ['members', '"a":1,'],
])('a mebibyte of %s is read in a moment', (_, piece) => {
  for (const [before, after] of [
    ['', ''],
    ['[', ']'],
    ['{"type":"x","data":', '}'],
    ['"', '"'],
  ]) {
    const bytes = Buffer.from(before + piece.repeat(1_048_000 / piece.length) + after);
    // Not by the clock: the machine may be busy with something else.
    const startedAt = process.cpuUsage();
    readJson(inbound(bytes));
    normalizeEvent(inbound(bytes));
    for (const source of sources) source.normalize(inbound(bytes));
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(5_000);
  }
});

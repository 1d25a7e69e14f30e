import { createHmac } from 'node:crypto';
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { anyBytes, mutated, oddBodies } from './any-json-text.js';
import { examples, known } from './known-requests.js';
import type { Route } from './routes-of.js';
import { stripeSecret } from './running-api.js';
import type { WireRequest } from './wire.js';

const oddText = fc.oneof(
  fc.constantFrom(
    '%00',
    '%',
    '%E0%A4',
    '%ED%A0%80',
    '%2F',
    '%2e%2e',
    '..',
    '*',
    '~',
    'nonsense',
    "';--",
    '%F0%9F%98%80',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '1e2',
    '-1',
    'x'.repeat(3_000),
    '%41'.repeat(500),
  ),
  fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.uuid(),
);
const nouns = Object.keys(known) as (keyof typeof known)[];
/** `{user}` stands for the id of the user that is there; what is random must not differ from run to run. */
const param = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...nouns.map((noun) => `{${noun}}`)) },
  { weight: 1, arbitrary: fc.constantFrom('{USER}', '{SUBSCRIPTION}', '{PARTNER}') },
  { weight: 4, arbitrary: oddText },
);
/** What belongs there, mostly. */
function paramFor(path: string, name: string): fc.Arbitrary<string> {
  const [, noun = name.replace('subscription_id', 'subscription')] = /([a-z]+)s\/:id/.exec(path) ?? [];
  if (!(noun in known)) return param;
  return fc.oneof({ weight: 6, arbitrary: fc.constant(`{${noun}}`) }, { weight: 4, arbitrary: param });
}

function filledIn(target: string): string {
  const small = nouns.reduce((text, noun) => text.replaceAll(`{${noun}}`, known[noun]), target);
  return nouns.reduce(
    (text, noun) => text.replaceAll(`{${noun.toUpperCase()}}`, known[noun].toUpperCase()),
    small,
  );
}

const queryName = fc.constantFrom(
  'limit',
  'cursor',
  'source',
  'kind',
  'severity',
  'type',
  'since',
  'until',
  'status',
  'channel',
  'subscription_id',
  'window',
  'partner_id',
  'enabled',
  'event_type',
  '__proto__',
  'a[b][c]',
  'limit[]',
  '',
  '%',
  'x'.repeat(200),
);
const queryValue = fc.oneof(
  fc.constantFrom(
    '1',
    '500',
    '501',
    '0',
    '1e2',
    '-0',
    '+1',
    '%201',
    '0x10',
    '1.0',
    '%D9%A3',
    '99999999999999999999',
    '',
    '%00',
    'a%00b',
  ),
  fc.constantFrom(
    '2024-01-15T10:40:00Z',
    '9999-12-31T23%3A59%3A59%2B23:59',
    '0000-01-01T00:00:00Z',
    '275760-09-13T00:00:00Z',
    '1h',
    '7d',
    '999999999h',
  ),
  fc.constantFrom(
    'failed',
    'pending',
    'webhook',
    'critical',
    'alert',
    'true',
    'order.created',
    '999999999',
    '1.00000000-0000-0000-0000-000000000000',
  ),
  fc.constantFrom(
    Buffer.from(known.user).toString('base64url'),
    '999999999999999.00000000-0000-0000-0000-000000000000.999999999',
  ),
  oddText,
);
const query = fc
  .array(fc.tuple(queryName, queryValue), { maxLength: 4 })
  .map((pairs) =>
    pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`,
  );

/** As a header may hold, and more than most do. */
const headerText = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  })
  .filter((text) => !text.includes('\x7f'));
const headerValue = fc.oneof(
  headerText,
  fc.constantFrom(
    '',
    'x'.repeat(4_000),
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'a b',
    '__proto__',
    'sha256=',
    't=1,v1=x',
  ),
);
const oddHeader = fc.tuple(
  fc.constantFrom(
    'x-request-id',
    'traceparent',
    'idempotency-key',
    'x-event-type',
    'x-hub-signature-256',
    'stripe-signature',
    'cookie',
    'accept',
    'if-none-match',
    'x-forwarded-for',
    'x-http-method-override',
    'range',
    'origin',
    '__proto__',
  ),
  headerValue,
);
const contentType = fc.oneof(
  { weight: 30, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    'application/json; charset=utf-8',
    'application/json;charset=utf-32',
    'application/json; charset=x',
    'APPLICATION/VND.X+JSON',
  ),
  fc.constantFrom(
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json/x',
    ';',
    'json',
  ),
  headerText,
);

interface Packed {
  encoding: string | null;
  pack: (body: Buffer) => Buffer;
}
const asIs = (body: Buffer) => body;
const bomb = gzipSync(Buffer.alloc(30_000_000, ' '));
const packing = fc.oneof(
  { weight: 60, arbitrary: fc.constant<Packed>({ encoding: null, pack: asIs }) },
  fc.constantFrom<Packed>(
    { encoding: 'gzip', pack: (body) => gzipSync(body) },
    { encoding: 'deflate', pack: (body) => deflateSync(body) },
    { encoding: 'br', pack: (body) => brotliCompressSync(body) },
    { encoding: 'GZIP', pack: (body) => gzipSync(body).subarray(0, -6) },
    { encoding: 'gzip', pack: asIs },
    { encoding: 'br', pack: asIs },
    { encoding: 'zstd', pack: asIs },
    { encoding: 'gzip, gzip', pack: (body) => gzipSync(gzipSync(body)) },
    { encoding: 'gzip', pack: () => bomb },
    { encoding: 'br', pack: () => brotliBomb },
  ),
);
const brotliBomb = brotliCompressSync(gunzipSync(bomb));

/** A request of any sort to a route. */
export interface Asked extends Route {
  target: string;
  /** As it is before it is packed. */
  body: Buffer;
  headers: (readonly [string, string])[];
  packed: Packed;
  chunked: boolean;
  signed: boolean;
}

/** Requests to a route that are right here and there. */
export function requestTo({ method, path }: Route): fc.Arbitrary<Asked> {
  const example = examples[path];
  const body = fc.oneof(
    ...(example && method !== 'GET' ? [{ weight: 10, arbitrary: mutated(example) }] : []),
    { weight: 1, arbitrary: oddBodies },
    { weight: 1, arbitrary: anyBytes },
  );
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const params = fc.tuple(...names.map((name) => paramFor(path, name)));
  const target = fc.tuple(params, query).map(([values, asked]) => {
    const given = [...values];
    return path.replace(/:\w+/g, () => given.shift() ?? '') + asked;
  });
  return fc.record({
    method: fc.oneof(
      { weight: 60, arbitrary: fc.constant(method) },
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'),
    ),
    path: fc.constant(path),
    target,
    body:
      method === 'GET' || method === 'DELETE'
        ? fc.oneof({ weight: 4, arbitrary: fc.constant(Buffer.of()) }, body)
        : body,
    headers: fc
      .tuple(
        contentType.map((type) => ['content-type', type] as const),
        fc.array(oddHeader, { maxLength: 3 }),
      )
      .map(([type, odd]) => [type, ...odd]),
    packed: packing,
    chunked: fc.boolean(),
    signed: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  });
}

/** A request as it is sent: signed where that is due, packed, and with its length. */
export function toWire({ method, path, target, body, headers, packed, chunked, signed }: Asked): WireRequest {
  const bytes = packed.pack(body);
  const sent = chunked
    ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])
    : bytes;
  return {
    method,
    target: filledIn(target),
    headers: [
      ...(signed ? [['authorization', `Bearer ${adminKey}`] as const] : []),
      ...headers,
      ...(packed.encoding ? [['content-encoding', packed.encoding] as const] : []),
      ...(path === '/ingest/stripe' && signed ? [['stripe-signature', stripeSignature(body)] as const] : []),
      chunked && bytes.length > 0
        ? (['transfer-encoding', 'chunked'] as const)
        : (['content-length', `${bytes.length}`] as const),
    ],
    body: chunked && bytes.length === 0 ? bytes : sent,
  };
}

/** The API's only key; without one, whoever makes one first shuts all others out. */
export const adminKey = 'sbx_0123456789abcdefghijABCDEFGHIJ01';

function stripeSignature(body: Buffer): string {
  const at = Math.floor(Date.now() / 1000);
  return `t=${at},v1=${createHmac('sha256', stripeSecret).update(`${at}.`).update(body).digest('hex')}`;
}

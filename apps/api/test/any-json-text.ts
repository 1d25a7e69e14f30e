import * as fc from 'fast-check';

/** JSON that many a reader stumbles over, as text: some of it no value of JavaScript can be written as. */
export const oddJson = fc.constantFrom(
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e999',
  '-1e999',
  '1e-999',
  '12345678901234567890',
  '1e15',
  '[]',
  '{}',
  '""',
  '" "',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u2028\u2029"',
  '"\\ufeff"',
  '"😀"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '{"__proto__":{"id":"x"}}',
  '{"constructor":{"prototype":1}}',
  '{"a":1,"a":2}',
  '{"":{"":""}}',
  '[null]',
  '[{}]',
  '{"length":-1}',
  '{"then":1}',
  '{"toJSON":1}',
  '"9999-12-31T23:59:59-23:59"',
  '"0000-01-01T00:00:00Z"',
  '"2024-02-30T00:00:00Z"',
  '253402300800',
  '8.64e15',
  '"00000000-0000-0000-0000-000000000000"',
  '"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"',
  '"%00"',
  '"$1"',
  '"../"',
  nested('[', ']', 999),
  nested('[', ']', 1_500),
  nested('[', ']', 5_000),
  nested('{"a":', '}', 1_500),
  JSON.stringify('x'.repeat(5_000)),
);

/** Bodies that are no JSON of a sender, or hardly. */
export const oddBodies = fc
  .oneof(
    fc.constantFrom(
      '',
      ' ',
      '\0',
      '{',
      '[',
      '"',
      '{"a":1}{',
      '{}\0',
      '\ufeff{}',
      '[]',
      '"a"',
      'nul',
      'NaN',
      '{a:1}',
      "{'a':1}",
      nested('[', ']', 12_000),
      nested('{"a":', '}', 12_000),
      '['.repeat(12_000),
      '{"":'.repeat(12_000),
      'a=b&c[d]=e',
      '<xml/>',
      '--x\r\ncontent-disposition: form-data\r\n\r\n--x--',
    ),
    fc.json(),
    oddJson,
  )
  .map((text) => Buffer.from(text));

/** Bytes that are no text. */
export const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

const marker = '@ here @';

/** An example with one thing changed: a value replaced, a member gone, given twice or joined by another, or a byte flipped. */
export function mutated(example: unknown): fc.Arbitrary<Buffer> {
  const places = placesIn(example);
  const place = fc.constantFrom(...places);
  const written = fc
    .tuple(place, oddJson)
    .map(([at, json]) => JSON.stringify(withMarker(example, at)).replace(`"${marker}"`, () => json));
  const without = place.map((at) => JSON.stringify(withMarker(example, at, true)) ?? '');
  const joined = fc.tuple(oddJson, oddJson).map(([name, json]) => {
    const key = name.startsWith('"') ? name : '"extra"';
    return JSON.stringify(example).replace(/^\{/, () => `{${key}:${json},`);
  });
  const flipped = fc
    .tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    .map(([at, bits]) => flip(example, at, bits));
  const texts = fc.oneof({ arbitrary: written, weight: 6 }, without, joined);
  return fc.oneof(
    { arbitrary: texts.map((text) => Buffer.from(text)), weight: 8 },
    { arbitrary: flipped, weight: 1 },
    { arbitrary: fc.constant(Buffer.from(JSON.stringify(example))), weight: 2 },
  );
}

/** The paths of all values within a value, itself included. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inner = Object.entries(value).flatMap(([name, part]) =>
    placesIn(part).map((rest) => [name, ...rest]),
  );
  return [[], ...inner];
}

function withMarker(value: unknown, [name, ...rest]: string[], gone = false): unknown {
  if (name === undefined) return gone ? undefined : marker;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[name] = withMarker(copy[name], rest, gone);
  return copy;
}

function flip(example: unknown, at: number, bits: number): Buffer {
  const bytes = Buffer.from(JSON.stringify(example));
  const index = at % bytes.length;
  bytes[index] = (bytes[index] as number) ^ bits;
  return bytes;
}

function nested(open: string, close: string, levels: number): string {
  return `${open.repeat(levels)}1${close.repeat(levels)}`;
}

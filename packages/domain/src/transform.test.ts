import { compileReshape, transformSchema } from './transform.js';

function mistakes(transform: unknown): string[] {
  const issues = transformSchema.safeParse(transform).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('leaves members out and renames others', () => {
  const transform = transformSchema.parse({ omit: ['lines.price'], rename: { 'customer.email': 'mail' } });
  const body = Buffer.from('{"customer":{"email":"a@b"},"lines":[{"price":1.0,"sku":"x"}]}');
  expect(compileReshape(transform)(body).toString()).toBe(
    '{"customer":{"mail":"a@b"},"lines":[{"sku":"x"}]}',
  );
});

test.each([
  { omit: ['a'] },
  { rename: { a: 'b', b: 'a', 'c.a': 'b' } },
  { jsonata: '{"id": order.id}' },
  { jsonata: 'x'.repeat(10_000) },
  { omit: Array(100).fill('a') },
  { rename: { $schema: '__proto__', a: '$&', b: '$$' } },
])('is a transform: %#', (transform) => {
  expect(transformSchema.parse(transform)).toEqual(transform);
});

test.each<[string, unknown]>([
  [': must be an object with something to omit or rename, or with jsonata', {}],
  [': must be an object with something to omit or rename, or with jsonata', { omit: [], rename: {} }],
  [': must be an object with something to omit or rename, or with jsonata', null],
  ['jsonata: does not go together with omit and rename', { jsonata: '$', omit: ['a'] }],
  ['jsonata: must be a JSONata expression of 1 to 10000', { jsonata: '' }],
  ['jsonata: must be a JSONata expression', { jsonata: 'x'.repeat(10_001) }],
  ['jsonata: must be a JSONata expression', { jsonata: {} }],
  ['omit: must be a list of at most 100 paths', { omit: 'a' }],
  ['omit: must be a list of at most 100 paths', { omit: Array(1_000_000).fill(1) }],
  ['omit.1: must be a path', { omit: ['a', 1] }],
  ['omit.0: is no path', { omit: ['a..b'] }],
  ['omit.0: has more than 20 names', { omit: [Array(21).fill('a').join('.')] }],
  ['rename: must be an object from at most 100 paths', { rename: ['a'] }],
  [
    'rename: must be an object from at most 100 paths',
    { rename: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`a${index}`, 1])) },
  ],
  ['rename.a: must be the new name alone', { rename: { a: 1 } }],
  ['rename.a.b: must be the new name alone', { rename: { 'a.b': 'a.c' } }],
  ['rename.a: must be the new name alone', { rename: { a: '' } }],
  ['x: is longer than 1000 characters', { rename: { ['x'.repeat(1_000_000)]: 'b' } }],
  ['rename..a: is no path', { rename: { '.a': 'b' } }],
  ['rename.a: is omitted as well', { omit: ['a'], rename: { a: 'b' } }],
  ['rename.x.b: gets the name that x.a gets', { rename: { 'x.a': 'c', 'x.b': 'c', 'y.a': 'c' } }],
])('%s', (expected, transform) => {
  const found = mistakes(transform);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(expected);
});

test('a field that does not exist is named', () => {
  expect(transformSchema.safeParse({ omit: ['a'], renam: {} }).error?.issues).toMatchObject([
    { code: 'unrecognized_keys', keys: ['renam'] },
  ]);
});

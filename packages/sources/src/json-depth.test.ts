import { deepest, isTooDeep } from './json-depth.js';

const nested = (open: string, close: string, levels: number) =>
  Buffer.from(`${open.repeat(levels)}1${close.repeat(levels)}`);

test.each([
  ['lists', '[', ']'],
  ['objects', '{"a":', '}'],
  ['both', '[{"a":', '}]'],
])('%s may be nested 64 levels, and not one more', (_, open, close) => {
  const levels = deepest / (open.split(/[[{]/).length - 1);
  expect(isTooDeep(nested(open, close, levels))).toBe(false);
  expect(isTooDeep(Buffer.concat([Buffer.from('['), nested(open, close, levels), Buffer.from(']')]))).toBe(
    true,
  );
});

test('brackets in strings and side by side are not depth', () => {
  const wide = { text: `"${'[{'.repeat(3_000)}\\`, list: Array.from({ length: 3_000 }, () => [{}]) };
  expect(isTooDeep(Buffer.from(JSON.stringify(wide)))).toBe(false);
});

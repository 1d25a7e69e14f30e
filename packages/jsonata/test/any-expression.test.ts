import * as fc from 'fast-check';
import { openTransformer } from '../src/index.js';

/** FUZZ_RUNS=50 tries fifty times as much. */
const runs = 80 * Number(process.env.FUZZ_RUNS ?? 1);

const transformer = openTransformer({
  processes: 2,
  timeoutMs: 100,
  memoryMb: 64,
  maxInputBytes: 10_000,
  maxOutputBytes: 10_000,
});

afterAll(() => transformer.close());

const token = fc.constantFrom(
  'a',
  'b',
  '.',
  '$',
  '$$',
  '*',
  '**',
  '%',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  ':',
  ',',
  '"a"',
  "'",
  '`',
  '?',
  ':=',
  ';',
  '1',
  '1e999',
  '-',
  '+',
  '/',
  '&',
  '=',
  '<',
  '~>',
  '^(',
  '#$i',
  '@$v',
  '|',
  '..',
  '[1..9999999]',
  '[1..3]',
  '/a+/',
  '/(a+)+$/',
  '$sum(',
  '$string(',
  '$eval("1")',
  '$split(',
  '$match(',
  'function($x){$x}',
  '$f := ',
  '$lookup(',
  '"__proto__"',
  '__proto__',
  'constructor',
  '$pad("a",',
  '$formatNumber(',
  '$toMillis(',
  '$sort(',
  '$spread($)',
  '$merge(',
  '\0',
  '\ud800',
  '/* ',
  '$error("x")',
);
const expression = fc.oneof(
  { weight: 8, arbitrary: fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join('')) },
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$', '{"a": 1}', '$string($)', '[$, $]'),
);

test('any expression compiles or says why not, and makes JSON of any JSON or says why not', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(expression, fc.jsonValue(), async (text, value) => {
      const checked = await transformer.check(text);
      const made = await transformer.evaluate(text, Buffer.from(JSON.stringify(value)));
      seen.add(`${checked.ok} ${made.ok}`);
      if (!checked.ok) expect([checked.message !== '', made.ok]).toEqual([true, false]);
      if (made.ok) JSON.parse(made.body.toString('utf8'));
      else expect(made.detail).not.toBe('');
    }),
    { numRuns: runs },
  );
  expect([...seen].toSorted()).toEqual(['false false', 'true false', 'true true']);
});

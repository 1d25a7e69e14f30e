import { check, evaluate } from './evaluation.js';

const maxBytes = 1_000;

/** The result as JSON, or the detail of the failure. */
async function result(expression: string, json = '{"a":{"b":1},"text":"é"}'): Promise<string> {
  const evaluated = await evaluate(expression, json, maxBytes);
  return evaluated.ok ? evaluated.json : evaluated.detail;
}

test.each([
  ['{"c": a.b, "d": text & "!"}', '{"c":1,"d":"é!"}'],
  ['a.b', '1'],
  ['$', '{"a":{"b":1},"text":"é"}'],
  ['[1..3][$ > 1]', '[2,3]'],
  ['a.b > 0', 'true'],
  ['null', 'null'],
  ['$eval("1 + 1")', '2'],
  ['{"__proto__": a}', '{"__proto__":{"b":1}}'],
])('%s gives %s', async (expression, expected) => {
  expect(await result(expression)).toBe(expected);
});

test.each([
  ['gone', 'the expression gives nothing for this input'],
  ['function($x){ $x }', 'the result is a function'],
  ['{"sum": $sum}', 'in the result, "sum" is a function'],
  ['1 / 0', 'the result is a number too large for JSON'],
  ['[1 / 0]', 'in the result, "0" is a number too large for JSON'],
  ['$number(text)', 'Unable to cast value to a number: "é"'],
  ['$error("no order")', 'no order'],
  ['a[', 'Expected "]" before end of expression'],
  ['$pad("", 1000, "é")', 'the result has 2002 bytes; at most 1000 are allowed'],
])('%s fails: %s', async (expression, expected) => {
  expect(await result(expression)).toBe(expected);
});

test('a long message is cut', async () => {
  const json = JSON.stringify({ text: 'x'.repeat(10_000) });
  expect((await result('$number(text)', json)).length).toBeLessThan(400);
});

test('the same expression over and over gives the same', async () => {
  const expression = '($total := $sum(n); n ~> $append($total))';
  for (let round = 0; round < 3; round += 1) {
    expect(await result(expression, '{"n":[1,2]}')).toBe('[1,2,3]');
  }
});

test.each([
  ['a path', 'a.b', { ok: true }],
  ['an open bracket', 'a[', { ok: false, message: 'Expected "]" before end of expression', position: 2 }],
  ['nothing at all', '', { ok: false, message: 'Unexpected end of expression', position: 0 }],
  ['no regular expression', '$match(a, /+/)', failsWith('Nothing to repeat')],
  ['ten thousand levels', '('.repeat(10_000), failsWith('the nesting is too deep')],
])('whether it compiles: %s', (_, expression, expected) => {
  expect(check(expression)).toEqual(expected);
});

function failsWith(message: string) {
  return { ok: false, message: expect.stringContaining(message) as string, position: null };
}

describe('an expression reaches nothing but its input', () => {
  const nothing = 'the expression gives nothing for this input';

  test.each([
    ['$.constructor', nothing],
    ['a.__proto__', nothing],
    ['text.constructor.constructor("return process")()', nothing],
    ['$lookup($, "constructor")', nothing],
    ['$lookup($, "__proto__")', nothing],
    ['$eval("$.constructor")', nothing],
    ['$sum.constructor', nothing],
    ['$sum.implementation', nothing],
    ['process', nothing],
    ['$process', nothing],
    ['$globalThis', nothing],
    ['$require("fs")', 'Attempted to invoke a non-function'],
    ['$spread($sum)', 'the result is a function'],
  ])('%s: %s', async (expression, expected) => {
    expect(await result(expression)).toBe(expected);
  });

  test.each([
    '{"__proto__": {"left": 1}}',
    '$merge([{}, {"__proto__": {"left": 1}}])',
    '$ ~> |$|{"__proto__": {"left": 1}}|',
    '$ ~> |a|{"constructor": {"prototype": {"left": 1}}}|',
    '$each($, function($v, $k){ {"__proto__": {"left": 1}} })',
    '$.{"__proto__": {"left": 1}}{"constructor": $}',
    '($left := 1; $)',
  ])('%s leaves nothing behind', async (expression) => {
    const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
    const before = prototypes.map((prototype) => Reflect.ownKeys(prototype));
    await result(expression, '{"a":{"__proto__":{"left":1}}}');
    expect(prototypes.map((prototype) => Reflect.ownKeys(prototype))).toEqual(before);
    expect(await result('$left')).toBe(nothing);
  });
});

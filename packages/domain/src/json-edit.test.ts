import * as fc from 'fast-check';
import { compileEdit, type JsonEdit } from './json-edit.js';

function edit(json: string, change: Partial<JsonEdit>): string {
  return compileEdit({ omit: [], rename: {}, ...change })(Buffer.from(json)).toString('utf8');
}

test.each<[string, string, string[], string]>([
  ['the only member', '{"a":1}', ['a'], '{}'],
  ['the first', '{ "a" : 1 , "b" : 2 }', ['a'], '{ "b" : 2 }'],
  ['the last', '{ "a" : 1 , "b" : 2 }', ['b'], '{ "a" : 1 }'],
  ['one in the middle', '{"a":1, "b":2, "c":3}', ['b'], '{"a":1, "c":3}'],
  ['several', '{"a":1, "b":2, "c":3, "d":4}', ['a', 'b', 'd'], '{"c":3}'],
  ['all of them', '{ "a":1, "b":2 }', ['a', 'b'], '{}'],
  ['one that is not there', '{"a":1}', ['b', 'a.b', 'c.d'], '{"a":1}'],
  ['one inside', '{"a":{"b":1,"c":2},"b":3}', ['a.b'], '{"a":{"c":2},"b":3}'],
  ['one in every element', '{"a":[{"b":1},[{"b":2,"c":3}],4]}', ['a.b'], '{"a":[{},[{"c":3}],4]}'],
  ['one of a list of objects', ' [ {"a":1} , {"b":2} ] ', ['a'], ' [ {} , {"b":2} ] '],
  ['one that comes twice', '{"a":1,"b":2,"a":3}', ['a'], '{"b":2}'],
  ['one together with what is inside it', '{"a":{"b":1},"c":2}', ['a.b', 'a'], '{"c":2}'],
  ['one in a nested list of lists', '[[],[[{"a":"]"}]],{}]', ['a'], '[[],[[{}]],{}]'],
  ['one with an escape in its key', '{"\\u0061":1,"b":2}', ['a'], '{"b":2}'],
  ['none of those that only look like it', '{"a\\\\":1,"A":2,"":3}', ['a'], '{"a\\\\":1,"A":2,"":3}'],
  ['none inside what has no members', '"a"', ['a'], '"a"'],
])('omits %s', (_, json, omit, expected) => {
  expect(edit(json, { omit })).toBe(expected);
});

test.each<[string, string, Record<string, string>, string]>([
  ['in its place', '{"a":1,"b":2,"c":3}', { b: 'x' }, '{"a":1,"x":2,"c":3}'],
  ['inside', '{"a":{"b":1}}', { 'a.b': 'x' }, '{"a":{"x":1}}'],
  ['together with what is inside', '{"a":{"b":1}}', { a: 'x', 'a.b': 'y' }, '{"x":{"y":1}}'],
  ['in every element', '[{"a":1},[{"a":2}]]', { a: 'x' }, '[{"x":1},[{"x":2}]]'],
  ['to what needs escaping', '{"a":1}', { a: 'ü"\n' }, '{"ü\\"\\n":1}'],
  ['to a name that another has', '{"x":0,"a":1,"x":2}', { a: 'x' }, '{"x":1}'],
  ['to a name that another has, elsewhere', '[{"x":0},{"a":1}]', { a: 'x' }, '[{"x":0},{"x":1}]'],
  ['and another to its old name', '{"a":1,"b":2}', { a: 'b', b: 'a' }, '{"b":1,"a":2}'],
  ['that comes twice', '{"a":1,"a":2}', { a: 'x' }, '{"x":1,"x":2}'],
])('renames a member %s', (_, json, rename, expected) => {
  expect(edit(json, { rename })).toBe(expected);
});

test('every other byte stays as it is', () => {
  const json =
    ' {"n" : 1.0,"big":12345678901234567890 , "e":1E+2,\r\n\t"u":"\\u00e9\\/\\ud800é","z":-0.0e-1, "omit":[{}]} ';
  expect(edit(json, { omit: ['omit'] })).toBe(json.replace(', "omit":[{}]', ''));
  const invalid = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xc3]), Buffer.from('","b":1}')]);
  const edited = compileEdit({ omit: ['b'], rename: {} })(invalid);
  expect(edited).toEqual(Buffer.concat([invalid.subarray(0, 9), Buffer.from('}')]));
});

test('what needs no edit is not even copied', () => {
  const json = Buffer.from('{"a":1}');
  expect(compileEdit({ omit: ['b'], rename: { c: 'd' } })(json)).toBe(json);
});

test('a million levels, on the way of a path and off it', () => {
  const levels = 1_000_000;
  const list = `${'['.repeat(levels)}{"a":1}${']'.repeat(levels)}`;
  const objects = `{"b":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)},"a":1}`;
  expect(edit(list, { omit: ['a'] })).toHaveLength(list.length - '"a":1'.length);
  expect(edit(objects, { omit: ['a'] })).toHaveLength(objects.length - ',"a":1'.length);
});

test('what is cut short is a bug, and noticed', () => {
  const json = '{"a":{"b":[1,true,"x\\""]},"c":[{"d":null},2.5],"e":"f"}';
  const run = compileEdit({ omit: ['a.b', 'c.d'], rename: {} });
  expect(() => run(Buffer.from(json))).not.toThrow();
  for (let length = 0; length < json.length; length += 1) {
    expect(() => run(Buffer.from(json.slice(0, length)))).toThrow('no JSON');
  }
});

const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'é"');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('.'));
const change = fc.record({
  omit: fc.array(path, { maxLength: 3 }),
  rename: fc.array(fc.tuple(path, name), { maxLength: 3 }).map(fromEntries),
});

test('what comes out says the same as if it had been parsed, changed and written again', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>(1, 'a', null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map(fromEntries),
    ),
  })).value;
  fc.assert(
    fc.property(value, change, (json, { omit, rename }) => {
      const edited: unknown = JSON.parse(edit(JSON.stringify(json), { omit, rename }));
      expect(edited).toEqual(changed(json, '', omit, rename));
    }),
    { numRuns: 3_000 },
  );
});

test('byte for byte, only what was meant is gone or renamed', () => {
  const space = fc.constantFrom('', '', ' ', '\n\t');
  const scalar = fc.constantFrom(
    '1.0',
    '12345678901234567890',
    '"}],{[\\""',
    '"\\\\"',
    'true',
    'null',
    '-1e-2',
  );
  const key = fc.constantFrom('"a"', '"\\u0061"', '"b"', '"c"', '"\\u00e9\\""', '"__proto__"');
  const document = fc.letrec<{ value: Document }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      scalar.map((text) => ({ text })),
      fc.record({ space, elements: fc.array(fc.tuple(space, tie('value'), space), { maxLength: 3 }) }),
      fc.record({ space, members: fc.array(member(tie('value')), { maxLength: 4 }) }),
    ),
  })).value;

  function member(value: fc.Arbitrary<Document>): fc.Arbitrary<DocumentMember> {
    return fc.record({ before: space, key, colon: space.map((gap) => `${gap}:${gap}`), value, after: space });
  }

  fc.assert(
    fc.property(document, change, (json, { omit, rename }) => {
      expect(edit(print(json, '', [], {}), { omit, rename })).toBe(print(json, '', omit, rename));
    }),
    { numRuns: 3_000 },
  );
});

/** Unlike `Object.fromEntries`, it is typed, and keeps `__proto__` as a member of its own. */
function fromEntries<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries);
}

function isGone(name: string, path: string, names: readonly string[], edit: JsonEdit): boolean {
  if (edit.omit.includes(path)) return true;
  if (Object.hasOwn(edit.rename, path)) return false;
  const inside = path.slice(0, path.length - name.length);
  return names.some(
    (other) => Object.hasOwn(edit.rename, inside + other) && edit.rename[inside + other] === name,
  );
}

function changed(json: unknown, inside: string, omit: string[], rename: Record<string, string>): unknown {
  if (Array.isArray(json)) return json.map((element) => changed(element, inside, omit, rename));
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).flatMap(([name, value]) => {
    const path = inside + name;
    if (isGone(name, path, Object.keys(json), { omit, rename })) return [];
    const renamed = Object.hasOwn(rename, path) ? (rename[path] ?? name) : name;
    return [[renamed, changed(value, `${path}.`, omit, rename)] as const];
  });
  return fromEntries(entries);
}

/** JSON with every byte that it is written in. */
type Document =
  | { text: string }
  | { space: string; elements: [string, Document, string][] }
  | { space: string; members: DocumentMember[] };

interface DocumentMember {
  before: string;
  key: string;
  colon: string;
  value: Document;
  after: string;
}

/** The document as text, without the members that are to go, and with the new names of others. */
function print(json: Document, inside: string, omit: string[], rename: Record<string, string>): string {
  if ('text' in json) return json.text;
  if ('elements' in json) {
    const elements = json.elements.map(
      ([before, value, after]) => before + print(value, inside, omit, rename) + after,
    );
    return `[${elements.join(',') || json.space}]`;
  }
  const { members, space } = json;
  if (members.length === 0) return `{${space}}`;
  const names = members.map(({ key }) => JSON.parse(key) as string);
  let text = '';
  for (const [index, { before, key, colon, value }] of members.entries()) {
    const name = names[index] ?? '';
    const path = inside + name;
    if (isGone(name, path, names, { omit, rename })) continue;
    text += text === '' ? members[0]?.before : `${members[index - 1]?.after},${before}`;
    text += Object.hasOwn(rename, path) ? JSON.stringify(rename[path]) : key;
    text += colon + print(value, `${path}.`, omit, rename);
  }
  return text === '' ? '{}' : `{${text}${members.at(-1)?.after}}`;
}

import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { compileFilter, type Filter, filterSchema } from './filter.js';

function matches(filter: unknown, payload: unknown): boolean {
  return compileFilter(filterSchema.parse(filter))(payload);
}

function mistakes(filter: unknown): string[] {
  const issues = filterSchema.safeParse(filter).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const order = {
  type: 'order/created',
  order: { id: 123, total: 99.5, note: null, customer: { email: 'ada@example.org' } },
  tags: ['gift', 'express'],
  lines: [
    { sku: 'a', qty: 1 },
    { sku: 'b', qty: 5, price: 10 },
  ],
  sizes: [3, 7],
  empty: [],
};

test.each<[string, unknown, boolean]>([
  ['an empty filter', {}, true],
  ['a plain value', { type: 'order/created' }, true],
  ['another plain value', { type: 'order/paid' }, false],
  ['a nested object', { order: { id: 123 } }, true],
  ['a dotted path', { 'order.customer.email': 'ada@example.org' }, true],
  ['a dotted path in a nested object', { order: { 'customer.email': { $endsWith: '.org' } } }, true],
  ['all of several keys', { type: 'order/created', 'order.id': 124 }, false],
  ['null for null', { 'order.note': null }, true],
  ['null for what is absent', { 'order.gone': null }, false],
  ['a number for the same digits as a text', { 'order.id': '123' }, false],
  ['one value written in two ways', { 'order.total': 9.95e1 }, true],
  ['a path through what has no members', { 'type.length': 13 }, false],
])('%s: %j', (_, filter, expected) => {
  expect(matches(filter, order)).toBe(expected);
});

test.each<[unknown, boolean]>([
  [{ $eq: 123 }, true],
  [{ $neq: 123 }, false],
  [{ $neq: 124 }, true],
  [{ $gt: 122 }, true],
  [{ $gt: 123 }, false],
  [{ $gte: 123 }, true],
  [{ $lt: 123 }, false],
  [{ $lte: 123 }, true],
  [{ $gt: 100, $lt: 200 }, true],
  [{ $gt: 100, $lt: 120 }, false],
  [{ $gt: '100' }, false],
  [{ $lt: '200' }, false],
  [{ $in: [1, 123] }, true],
  [{ $in: ['123'] }, false],
  [{ $nin: [1, 123] }, false],
  [{ $nin: [1, '123'] }, true],
  [{ $startsWith: '1' }, false],
  [{ $exists: true }, true],
  [{ $exists: false }, false],
  [{ $not: 123 }, false],
  [{ $not: { $lt: 123 } }, true],
  [{ $or: [1, { $gt: 100 }] }, true],
  [{ $or: [1, 2] }, false],
  [{ $and: [{ $gt: 100 }, { $lt: 120 }] }, false],
])('123 meets %j: %p', (condition, expected) => {
  expect(matches({ 'order.id': condition }, order)).toBe(expected);
});

test.each<[unknown, boolean]>([
  [{ $startsWith: 'order/' }, true],
  [{ $endsWith: 'order/' }, false],
  [{ $gt: 'order/a' }, true],
  [{ $gt: 'order/created' }, false],
  // By code unit: lower case comes after upper case.
  [{ $gt: 'Z' }, true],
  [{ $gt: 0 }, false],
])('order/created meets %j: %p', (condition, expected) => {
  expect(matches({ type: condition }, order)).toBe(expected);
});

test.each<[unknown, boolean]>([
  ['x', false],
  [null, false],
  [{ $neq: 'x' }, false],
  [{ $nin: ['x'] }, false],
  [{ $lt: 5 }, false],
  [{ $exists: true }, false],
  [{ $exists: false }, true],
  [{ $not: 'x' }, true],
  [{ deeper: { $exists: false } }, true],
  [{ deeper: { $neq: 'x' } }, false],
])('what is absent meets %j: %p', (condition, expected) => {
  expect(matches({ gone: condition }, order)).toBe(expected);
});

test.each<[string, unknown, boolean]>([
  ['has an element', { tags: 'gift' }, true],
  ['has no such element', { tags: 'gif' }, false],
  ['has each of several', { tags: ['express', { $startsWith: 'g' }] }, true],
  ['lacks one of several', { tags: ['gift', 'slow'] }, false],
  ['is the same list', { tags: { $eq: ['gift', 'express'] } }, true],
  ['is a longer list', { tags: { $eq: ['gift'] } }, false],
  ['is in another order', { tags: { $eq: ['express', 'gift'] } }, false],
  ['is empty', { empty: { $eq: [] } }, true],
  ['is there though empty', { empty: { $exists: true } }, true],
  ['has an element among', { tags: { $in: ['gift', 'slow'] } }, true],
  ['has no element other than', { tags: { $neq: 'gift' } }, false],
  ['has none', { tags: { $neq: 'slow' } }, true],
  ['has none of', { tags: { $nin: ['slow', 'gift'] } }, false],
  ['has not', { tags: { $not: 'gift' } }, false],
  ['has an element between', { sizes: { $gt: 4, $lt: 8 } }, true],
  ['has one above and another below', { sizes: { $gt: 4, $lt: 6 } }, false],
  ['has one above and another below, apart', { sizes: { $and: [{ $gt: 4 }, { $lt: 6 }] } }, true],
  ['has one element that meets both', { lines: { sku: 'b', qty: { $gt: 4 } } }, true],
  ['has two that meet one each', { lines: { sku: 'a', qty: { $gt: 4 } } }, false],
  ['has two that meet one each, by path', { 'lines.sku': 'a', 'lines.qty': { $gt: 4 } }, true],
  ['has an element without', { 'lines.price': { $exists: false } }, true],
  ['has no element with', { $not: { 'lines.price': { $gt: 10 } } }, true],
  ['has no names', { 'lines.length': 2 }, false],
  ['has no numbers for names', { 'lines.0.sku': 'a' }, false],
])('a list that %s: %j', (_, filter, expected) => {
  expect(matches(filter, order)).toBe(expected);
});

test.each<[unknown, unknown, boolean]>([
  [{ a: 1 }, [{ a: 1 }], true],
  [{ a: 1 }, [[{ a: 1 }]], false],
  [{ a: 1 }, { a: [[1]] }, false],
  [{ a: ['x'] }, { a: 'x' }, false],
  [{ a: [['x']] }, { a: [['x']] }, true],
  [{ a: [['x']] }, { a: ['x'] }, false],
  [{ a: { $eq: { b: [1, { c: null }] } } }, { a: { b: [1, { c: null }] } }, true],
  [{ a: { $eq: { b: 1, c: 2 } } }, { a: { c: 2, b: 1 } }, true],
  [{ a: { $eq: { b: 1 } } }, { a: { b: 1, c: 2 } }, false],
  [{ a: { $eq: [] } }, { a: {} }, false],
  [{ $eq: 'text' }, 'text', true],
  [{ $or: [{ $eq: 5 }, { a: 1 }] }, 5, true],
  [{ a: 0 }, { a: -0 }, true],
  [{ a: { $in: [0] } }, { a: -0 }, true],
])('%j of %j: %p', (filter, payload, expected) => {
  expect(matches(filter, payload)).toBe(expected);
});

test('names that every object has are plain keys, in the filter and in the payload', () => {
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
    const filter: unknown = JSON.parse(`{"${name}":{"$exists":true}}`);
    expect(matches(filter, {})).toBe(false);
    expect(matches(filter, JSON.parse(`{"${name}":1}`))).toBe(true);
    const equal: unknown = JSON.parse(`{"a":{"$eq":{"${name}":1}}}`);
    expect(matches(equal, JSON.parse(`{"a":{"${name}":1}}`))).toBe(true);
    expect(matches(equal, { a: { b: 1 } })).toBe(false);
  }
});

describe('a mistake says where it is and what would be right', () => {
  const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

  test.each<[string, unknown]>([
    [
      'amount.$gtt: there is no operator $gtt; there are $and, $or, $not, $exists, $eq,',
      { amount: { $gtt: 1 } },
    ],
    ['amount.$gt: takes a number, or a text', { amount: { $gt: null } }],
    ['amount.$gt: takes a number, or a text', { amount: { $gt: [1] } }],
    ['amount.$gt: takes a number', { amount: { $gt: Number.POSITIVE_INFINITY } }],
    ['amount: must be a text', { amount: Number.POSITIVE_INFINITY }],
    ['name.$startsWith: takes a text', { name: { $startsWith: 1 } }],
    ['name.$in: takes a list of 1 to 1000 values', { name: { $in: 'abc' } }],
    ['name.$in: takes a list', { name: { $in: [] } }],
    ['name.$nin: takes a list', { name: { $nin: [{}] } }],
    ['name.$in: takes a list', { name: { $in: Array(1_001).fill(1) } }],
    ['name.$eq: takes any JSON of at most 1000 values', { name: { $eq: Array(1_000).fill(1) } }],
    ['name.$eq: takes any JSON', { name: { $eq: deep(21) } }],
    ['name.$exists: takes true or false', { name: { $exists: 1 } }],
    ['$or: takes a list of at least one condition', { $or: [] }],
    ['$and: takes a list of at least one condition', { $and: { a: 1 } }],
    ['$or.1.b.$x: there is no operator $x', { $or: [{ a: 1 }, { b: { $x: 1 } }] }],
    ['$not.a.$x: there is no operator $x', { $not: { a: { $x: 1 } } }],
    ['a: is empty; to ask that it is there, write {"$exists": true}', { a: {} }],
    ['a: is an empty list; to ask for one, write {"$eq": []}', { a: [] }],
    ['a..b: is no path', { 'a..b': 1 }],
    [': is no path', { '': 1 }],
    ['a.$gt: names an operator in a path', { 'a.$gt': 1 }],
    [': has more than 20 names', { [Array(21).fill('a').join('.')]: 1 }],
    ['a: must be a text of at most 1000 characters', { a: 'x'.repeat(1_001) }],
    [': is more than 20 levels deep', deep(21)],
    [': has more than 200 conditions', { $or: Array(201).fill('x') }],
    [': must be an object', []],
    [': must be an object', 'x'],
    [': must be an object', null],
  ])('%s', (expected, filter) => {
    const found = mistakes(filter);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('every mistake, not only the first', () => {
    expect(mistakes({ a: { $x: 1 }, b: { $y: 1 } })).toHaveLength(2);
  });

  test('up to the limits it is none', () => {
    const wide = { $or: Array(200).fill('x') };
    const long = { a: { $eq: Array(999).fill('x'.repeat(1_000)) }, [Array(20).fill('a').join('.')]: 1 };
    for (const filter of [wide, long, deep(20)]) expect(mistakes(filter)).toEqual([]);
  });

  test('a long key is not repeated in full', () => {
    expect(mistakes({ ['$'.repeat(1_000_000)]: 1 })[0]?.length).toBeLessThan(500);
  });

  test('what is far too large is refused for that, and little more is said', () => {
    expect(mistakes(deep(200_000))).toHaveLength(1);
    expect(mistakes({ $or: Array(500_000).fill('x') })).toHaveLength(1);
    expect(mistakes({ $or: Array.from({ length: 500_000 }, () => ({})) })).toHaveLength(20);
  });
});

describe('for any filter and any payload', () => {
  const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
  const scalar = fc.constantFrom<unknown>('a', 'b', 'ab', '', 0, 1, 2.5, -1, true, false, null);
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, scalar, list(tie('value')), members(tie('value'))),
  })).value;
  const text = fc.constantFrom('a', 'b', 'ab');
  const orderable = fc.constantFrom<unknown>('a', 'ab', 0, 1, 2.5);
  const operator = fc.oneof(
    fc.record({ key: fc.constantFrom('$eq', '$neq'), operand: json }),
    fc.record({ key: fc.constantFrom('$gt', '$gte', '$lt', '$lte'), operand: orderable }),
    fc.record({
      key: fc.constantFrom('$in', '$nin'),
      operand: fc.array(scalar, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ key: fc.constantFrom('$startsWith', '$endsWith'), operand: text }),
    fc.record({ key: fc.constant('$exists'), operand: fc.boolean() }),
  );
  const condition = fc.letrec((tie) => {
    const some = fc.array(tie('condition'), { minLength: 1, maxLength: 2 });
    const part = fc.oneof(
      operator,
      fc.record({ key: fc.constantFrom('$and', '$or'), operand: some }),
      fc.record({ key: fc.constant('$not'), operand: tie('condition') }),
      fc.record({ key: path(), operand: tie('condition') }),
      fc.record({ key: path(), operand: tie('condition') }),
    );
    return {
      filter: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => object(parts)),
      condition: fc.oneof({ maxDepth: 4 }, scalar, some, tie('filter')),
    };
  });

  function list(item: fc.Arbitrary<unknown>) {
    return fc.array(item, { maxLength: 3 });
  }

  function members(value: fc.Arbitrary<unknown>) {
    return fc.array(fc.record({ key: name, operand: value }), { maxLength: 3 }).map((parts) => object(parts));
  }

  function path() {
    return fc.array(name, { minLength: 1, maxLength: 2 }).map((names) => names.join('.'));
  }

  test('what passes the schema never throws, and does what a plain reading of the rules says', () => {
    const filters = condition.filter.filter((filter) => filterSchema.safeParse(filter).success);
    let met = 0;
    fc.assert(
      fc.property(filters, json, (filter, payload) => {
        const expected = reading(filter, payload);
        met += expected ? 1 : 0;
        expect(compileFilter(filter as Filter)(payload)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
    // Else the filters and the payloads would have nothing to do with each other.
    expect(met).toBeGreaterThan(500);
    expect(met).toBeLessThan(4_500);
  });

  test('filters that are any JSON are refused or work, but never throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (filter, payload) => {
        if (!filterSchema.safeParse(filter).success) return;
        expect(typeof compileFilter(filter as Filter)(payload)).toBe('boolean');
      }),
    );
  });
});

/** A payload as deep as a megabyte can be costs no stack. */
test('a payload of a hundred thousand levels', () => {
  const payload: unknown = JSON.parse(`${'[{"a":'.repeat(100_000)}1${'}]'.repeat(100_000)}`);
  expect(matches({ a: { $eq: { a: 1 } }, $not: { 'a.a': 1 } }, payload)).toBe(false);
});

function object(parts: readonly { key: string; operand: unknown }[]): unknown {
  return JSON.parse(
    `{${parts.map(({ key, operand }) => `${JSON.stringify(key)}:${JSON.stringify(operand)}`).join(',')}}`,
  );
}

const absent = Symbol('absent');

/** The rules of `Filter`, read slowly: `value` is `absent` where nothing is there. */
function reading(condition: unknown, value: unknown): boolean {
  const elements = Array.isArray(value) ? (value as unknown[]) : [];
  if (Array.isArray(condition)) {
    return (
      Array.isArray(value) && condition.every((one) => elements.some((element) => reading(one, element)))
    );
  }
  if (typeof condition !== 'object' || condition === null) return reading({ $eq: condition }, value);
  const parts = Object.entries(condition);
  const isOfElement = ([key]: [string, unknown]) =>
    !['$and', '$or', '$not', '$neq', '$nin', '$exists'].includes(key);
  const asked = parts.filter(isOfElement);
  const meetsAll = (one: unknown) => asked.every(([key, operand]) => ofElement(key, operand, one));
  return (
    (asked.length === 0 || [value, ...elements].some(meetsAll)) &&
    parts.filter((part) => !isOfElement(part)).every(([key, operand]) => ofWhole(key, operand, value))
  );
}

function ofWhole(key: string, operand: unknown, value: unknown): boolean {
  if (key === '$exists') return operand === (value !== absent);
  if (key === '$not') return !reading(operand, value);
  if (key === '$neq') return value !== absent && !reading({ $eq: operand }, value);
  if (key === '$nin') return value !== absent && !reading({ $in: operand }, value);
  const results = (operand as unknown[]).map((one) => reading(one, value));
  return key === '$and' ? !results.includes(false) : results.includes(true);
}

function ofElement(key: string, operand: unknown, value: unknown): boolean {
  if (!key.startsWith('$')) {
    const [first = '', ...rest] = key.split('.');
    if (Array.isArray(value)) return false;
    const found = value !== absent && Object.keys(Object(value) as object).includes(first);
    const inner =
      rest.length > 0
        ? JSON.parse(`{${JSON.stringify(rest.join('.'))}:${JSON.stringify(operand)}}`)
        : operand;
    return reading(inner, found ? (value as Record<string, unknown>)[first] : absent);
  }
  if (value === absent) return false;
  if (key === '$eq') return isDeepStrictEqual(value, operand);
  if (key === '$in') return (operand as unknown[]).includes(value);
  if (typeof value !== typeof operand) return false;
  const [left, right] = [value, operand] as [string, string];
  if (key === '$startsWith') return left.slice(0, right.length) === right;
  if (key === '$endsWith') return right === '' || left.slice(-right.length) === right;
  return { $gt: left > right, $gte: left >= right, $lt: left < right, $lte: left <= right }[key] ?? false;
}

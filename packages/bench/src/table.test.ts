import { short, table } from './table.js';

test('columns are as wide as their widest cell', () => {
  const rows = [
    ['side', 'events/s', 'p99'],
    ['naive', '640', '62'],
    ['ours', '2560'],
  ];
  expect(table(rows)).toBe(['side   events/s  p99', 'naive       640   62', 'ours       2560'].join('\n'));
});

test.each([
  [1234.56, '1235'],
  [56.78, '56.8'],
  [3.216, '3.22'],
  [0, '0.00'],
  [Number.NaN, '–'],
])('%d is written %s', (value, text) => {
  expect(short(value)).toBe(text);
});

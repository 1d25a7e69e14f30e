import { parseExposition } from './testing.js';

const head = '# HELP a_total what it counts\n# TYPE a_total counter\n';
const histogram = '# HELP h how long\n# TYPE h histogram\n';

test('what Prometheus reads comes out as metrics with their samples', () => {
  const text = `${head}a_total{x="1",y="a \\"b\\""} 3\n\n${histogram}h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1e+21\nh_count 2\n`;
  const families = parseExposition(text);
  expect(families.get('a_total')).toEqual({
    help: 'what it counts',
    type: 'counter',
    samples: [{ name: 'a_total', labels: { x: '1', y: 'a \\"b\\"' }, value: 3 }],
  });
  expect(families.get('h')?.samples).toHaveLength(4);
});

test.each([
  ['no end', `${head}a_total 1`, 'no end'],
  ['a sample of nothing', 'b 1\n', 'b 1'],
  ['a sample before its type', '# HELP a_total x\na_total 1\n# TYPE a_total counter\n', 'a_total 1'],
  ['a metric told twice', head + head, 'HELP of a_total'],
  ['a series told twice', `${head}a_total{x="1"} 1\na_total{x="1"} 2\n`, 'told twice'],
  ['a negative counter', `${head}a_total -1\n`, 'below 0'],
  ['no number', `${head}a_total one\n`, 'a_total one'],
  ['a bare quote in a label', `${head}a_total{x="a"b"} 1\n`, 'labels'],
  ['buckets that fall', `${histogram}h_bucket{le="1"} 2\nh_bucket{le="2"} 1\n`, 'bucket 2'],
  ['buckets that hold less', `${histogram}h_bucket{le="+Inf"} 2\nh_count 3\n`, '2 of 3'],
])('%s is told', (_, text, message) => {
  expect(() => parseExposition(text)).toThrow(message);
});

import { summarizeByKeywords } from './stub.js';

test.each([
  ['Multiple payment failures detected across APAC region...', 'critical'],
  ['The payment gateway is down', 'critical'],
  ['Payouts failing since 10:00', 'critical'],
  ['Elevated latency on the API', 'warning'],
  ['Two retries were needed', 'warning'],
  ['Resolved: the outage is over', 'info'],
  ['Weekly report attached', 'info'],
])('%j is %s', (text, severity) => {
  expect(summarizeByKeywords(text).suggested_severity).toBe(severity);
});

test('the summary is the first sentence, at most 140 code points, and always the same', () => {
  expect(summarizeByKeywords('Gateway down. Engineers look into it.').summary).toBe('Gateway down');
  const long = summarizeByKeywords('🚨 alarm '.repeat(60)).summary;
  expect(Array.from(long).length).toBeLessThanOrEqual(140);
  expect(long.isWellFormed()).toBe(true);
  expect(summarizeByKeywords('...').summary).toBe('...');
});

import { siteOf } from './site.js';

test.each([
  [{ 'sec-fetch-site': 'same-origin' }, 'ours'],
  [{ 'sec-fetch-site': 'none' }, 'ours'],
  [{ 'sec-fetch-site': 'same-site' }, 'another'],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://a:3000', host: 'a:3000' }, 'another'],
  [{ origin: 'http://a:3000', host: 'a:3000' }, 'ours'],
  [{ origin: 'https://a', host: 'a' }, 'ours'],
  [{ origin: 'http://a:3001', host: 'a:3000' }, 'another'],
  [{ origin: 'http://a.evil.example', host: 'a' }, 'another'],
  [{ origin: 'null', host: 'a' }, 'another'],
  [{ host: 'a' }, 'unknown'],
])('%j comes from a page that is %s', (headers, expected) => {
  expect(siteOf(headers)).toBe(expected);
});

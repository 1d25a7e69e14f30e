import { alertBody, sentAtOf, storeCount, storeLocation } from './alert.js';

test('the time of sending comes back out of the url, to the microsecond', () => {
  const { url } = JSON.parse(alertBody(0, 1_795_230_000_123.456));
  expect(sentAtOf(url)).toBe(1_795_230_000_123.456);
  expect(url).not.toMatch(/\s/);
});

test('alerts go round all stores', () => {
  const locations = Array.from({ length: storeCount }, (_, n) => JSON.parse(alertBody(n, 0)).location);
  expect(new Set(locations).size).toBe(storeCount);
  expect(locations).toContain(storeLocation(storeCount));
});

test('no two alerts are the same', () => {
  expect(JSON.parse(alertBody(0, 0)).alert_uuid).not.toBe(JSON.parse(alertBody(0, 0)).alert_uuid);
});

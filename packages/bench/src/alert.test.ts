import { alertBody, sentAtOf, storeLocations } from './alert.js';

const locations = storeLocations(3);

test('the time of sending comes back out of the url, to the microsecond', () => {
  const { url } = JSON.parse(alertBody(0, 1_795_230_000_123.456, locations));
  expect(sentAtOf(url)).toBe(1_795_230_000_123.456);
  expect(url).not.toMatch(/\s/);
});

test('alerts go round all stores', () => {
  const told = [0, 1, 2, 3].map((n) => JSON.parse(alertBody(n, 0, locations)).location);
  expect(told).toEqual(['bench-store-1', 'bench-store-2', 'bench-store-3', 'bench-store-1']);
});

test('no two alerts are the same', () => {
  const uuid = () => JSON.parse(alertBody(0, 0, locations)).alert_uuid;
  expect(uuid()).not.toBe(uuid());
});

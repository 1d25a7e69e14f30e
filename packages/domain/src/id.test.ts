import { newId } from './id.js';

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids are UUIDv7, distinct, and sort in the order they were made, also past 4,096 a millisecond', () => {
  const ids = Array.from({ length: 20_000 }, () => newId());
  expect(ids.every((id) => uuidV7.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
});

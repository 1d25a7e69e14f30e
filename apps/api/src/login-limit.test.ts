import { createLoginLimit } from './login-limit.js';

test('ten attempts a minute for each address', () => {
  const mayTry = createLoginLimit();
  const tries = (address: string, now: number) =>
    Array.from({ length: 12 }, () => mayTry(address, now)).filter(Boolean).length;
  expect(tries('a', 0)).toBe(10);
  expect(tries('b', 0)).toBe(10);
  expect(mayTry('a', 59_999)).toBe(false);
  expect(tries('a', 60_000)).toBe(10);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { fresh } from './fresh.js';

function counting(fail = false) {
  const calls: string[][] = [];
  const load = async (keys: string[]) => {
    calls.push(keys);
    if (fail) throw new Error('away');
    return keys.map((key) => `${key} ${calls.length}`);
  };
  return { calls, load };
}

test('asks once for what many want at once, and answers each', async () => {
  const { calls, load } = counting();
  const { get } = fresh(60_000, load);
  expect(await Promise.all([get('a'), get('b'), get('a')])).toEqual(['a 1', 'b 1', 'a 1']);
  expect(await get('a')).toBe('a 1');
  expect(calls).toEqual([['a', 'b']]);
});

test('asks again when what it knows is old, or was to be forgotten', async () => {
  const { calls, load } = counting();
  const { get, forget } = fresh(1, load);
  await get('a');
  await sleep(5);
  expect(await get('a')).toBe('a 2');
  const long = fresh(60_000, load);
  await long.get('a');
  long.forget();
  await long.get('a');
  expect(calls).toHaveLength(4);
  forget();
});

test('tells a failure, and does not remember it', async () => {
  const { calls, load } = counting(true);
  const { get } = fresh(60_000, load);
  await expect(get('a')).rejects.toThrow('away');
  await expect(get('a')).rejects.toThrow('away');
  expect(calls).toHaveLength(2);
});

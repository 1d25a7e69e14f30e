import { takeTurns } from './turns.js';

function linedUp(mostPerKey: number, keys: string) {
  const turns = takeTurns<{ key: string }>(mostPerKey);
  for (const key of keys) turns.add({ key });
  return turns;
}

test('keys take turns, whoever came first', () => {
  const turns = linedUp(9, 'aaabcb');
  const order = Array.from({ length: 7 }, () => turns.take()?.key);
  expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'a', undefined]);
});

test('no key has more than its share under way, and gets the next when one is done', () => {
  const turns = linedUp(2, 'aaaab');
  const first = turns.take();
  expect([first, turns.take(), turns.take(), turns.take()].map((item) => item?.key)).toEqual([
    'a',
    'b',
    'a',
    undefined,
  ]);
  turns.release(first as { key: string });
  expect(turns.take()?.key).toBe('a');
  expect(turns.take()).toBeUndefined();
});

test('a key that has nothing more to do gives its share back', () => {
  const turns = linedUp(1, 'a');
  for (let round = 0; round < 3; round += 1) {
    const item = turns.take() as { key: string };
    turns.release(item);
    turns.add(item);
  }
  expect(turns.take()?.key).toBe('a');
});

test('all that waits can be taken away', () => {
  const turns = linedUp(1, 'aab');
  turns.take();
  expect(turns.drain().map(({ key }) => key)).toEqual(['b', 'a']);
  expect(turns.take()).toBeUndefined();
});

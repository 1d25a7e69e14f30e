import { atMostEveryMinute } from './seldom.js';

test('is said at once, then once a minute, with how often it would have been', () => {
  let now = 5;
  const said: [string, number][] = [];
  const say = atMostEveryMinute<string>(
    (told, times) => said.push([told, times]),
    () => now,
  );
  say('a');
  for (let time = 0; time < 3; time += 1) say('b');
  now += 59_999;
  say('c');
  expect(said).toEqual([['a', 1]]);
  now += 1;
  say('d');
  expect(said).toEqual([
    ['a', 1],
    ['d', 5],
  ]);
});

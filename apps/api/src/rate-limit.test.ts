import { type Counted, createRateLimit, type RateLimit, type Tell, type Total } from './rate-limit.js';

const windowMs = 60_000;

/** A limit whose clock and whose other processes a test moves. */
function given(limit: number, tell: Tell = away, onError: (error: unknown) => void = () => undefined) {
  const refused: string[] = [];
  const time = { ms: 0 };
  const take = createRateLimit({ limit, windowMs, clock: () => time.ms }, tell, {
    onRefused: (sender) => refused.push(sender),
    onError,
  });
  return { take, time, refused };
}

const away: Tell = () => Promise.reject(new Error('away'));

/** Other processes, played by the test: it awaits what they are told, and says what they answer. */
function others() {
  const told: ((counted: Counted[]) => void)[] = [];
  const answers: ((totals: Total[]) => void)[] = [];
  const tell: Tell = (counted) => {
    told.shift()?.(counted);
    return new Promise((resolve) => answers.push(resolve));
  };
  const hear = () => new Promise<Counted[]>((resolve) => told.push(resolve));
  return { tell, hear, answer: (...totals: Total[]) => answers.shift()?.(totals) };
}

test('a sender may send as often as the limit says, and again in the next window', () => {
  const { take, time } = given(3);
  expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 0]);
  time.ms = 20_000;
  expect(take('a')).toBe(40_000);
  expect(take('b')).toBe(0);
  time.ms = 60_000;
  expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 0]);
  expect(take('a')).toBe(60_000);
});

test('that a sender is refused is told once in each window', () => {
  const { take, time, refused } = given(1);
  for (const sender of ['a', 'a', 'a', 'b', 'b']) take(sender);
  expect(refused).toEqual(['a', 'b']);
  time.ms = windowMs;
  take('a');
  take('a');
  expect(refused).toEqual(['a', 'b', 'a']);
});

test('what other processes counted counts here, and their window is ours', async () => {
  const { tell, hear, answer } = others();
  const { take, time } = given(10, tell);
  take('a');
  take('a');
  expect(await hear()).toEqual([{ sender: 'a', count: 2 }]);
  time.ms = 100;
  take('a');
  answer({ count: 9, restMs: 5_000 });
  // What was told once is not told again.
  expect(await hear()).toEqual([{ sender: 'a', count: 1 }]);
  expect(take('a')).toBe(5_000);
});

test('while nobody can be told, the limit is held here', async () => {
  let take: RateLimit = () => 0;
  const error = await new Promise((resolve) => {
    ({ take } = given(2, away, resolve));
    take('a');
  });
  expect(error).toEqual(new Error('away'));
  expect([take('a'), take('a')]).toEqual([0, windowMs]);
});

test('what is less than a thousandth of the limit is not told', async () => {
  const { tell, hear } = others();
  const { take } = given(3_000, tell);
  for (const sender of ['a', 'b', 'a', 'b', 'a']) take(sender);
  expect(await hear()).toEqual([{ sender: 'a', count: 3 }]);
});

test('of too many senders the oldest is forgotten', () => {
  const { take } = given(1);
  take('first');
  for (let i = 1; i < 10_000; i++) take(`sender ${i}`);
  expect(take('first')).toBeGreaterThan(0);
  take('one more');
  expect(take('first')).toBe(0);
  expect(take('sender 9999')).toBeGreaterThan(0);
});

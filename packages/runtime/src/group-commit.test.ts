import { groupCommit, QueueFull } from './group-commit.js';

const limits = { maxItems: 50, maxInFlight: 1, maxQueued: 1000 };

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('one item goes alone; what arrives meanwhile goes together; every caller gets its own result', async () => {
  const batches: number[][] = [];
  const first = gate();
  const submit = groupCommit(async (items: number[]) => {
    batches.push(items);
    if (batches.length === 1) await first.opened;
    return items.map((item) => item * 10);
  }, limits);

  const one = submit(1);
  await new Promise(setImmediate);
  const rest = [2, 3, 4].map(submit);
  first.open();

  expect(await one).toBe(10);
  expect(await Promise.all(rest)).toEqual([20, 30, 40]);
  expect(batches).toEqual([[1], [2, 3, 4]]);
});

test('no more than maxItems in a batch, no more than maxInFlight batches at once', async () => {
  let running = 0;
  let most = 0;
  const sizes: number[] = [];
  const submit = groupCommit(
    async (items: number[]) => {
      sizes.push(items.length);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      return items;
    },
    { maxItems: 10, maxInFlight: 2, maxQueued: 1000 },
  );
  await Promise.all(Array.from({ length: 95 }, (_, index) => submit(index)));
  expect(most).toBe(2);
  expect(Math.max(...sizes)).toBe(10);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(95);
});

test('a poisonous item fails alone', async () => {
  const submit = groupCommit(
    async (items: number[]) => {
      if (items.includes(7)) throw new RangeError('seven');
      return items;
    },
    { ...limits, isPoison: (error) => error instanceof RangeError },
  );
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => submit(index)));
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(results[7]?.status).toBe('rejected');
});

test('an error that is nobody’s fault fails the whole batch without halving it', async () => {
  let calls = 0;
  const submit = groupCommit(async () => {
    calls += 1;
    throw new Error('down');
  }, limits);
  const results = await Promise.allSettled([submit(1), submit(2), submit(3)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(calls).toBe(1);
});

test('a full queue turns callers away', async () => {
  const first = gate();
  const submit = groupCommit(
    async (items: number[]) => {
      await first.opened;
      return items;
    },
    { ...limits, maxQueued: 2 },
  );
  const running = submit(0);
  await new Promise(setImmediate);
  const waiting = [submit(1), submit(2)];
  await expect(submit(3)).rejects.toThrow(QueueFull);
  first.open();
  expect(await Promise.all([running, ...waiting])).toEqual([0, 1, 2]);
});

describe('with sizes', () => {
  const sizes = { of: (item: number) => item, perBatch: 10, inHand: 20 };

  test('a batch ends before it grows too large, and what is larger goes alone', async () => {
    const batches: number[][] = [];
    const submit = groupCommit(
      async (items: number[]) => {
        batches.push(items);
        return items;
      },
      { ...limits, sizes: { ...sizes, inHand: 100 } },
    );
    await Promise.all([4, 6, 1, 30, 2, 3].map(submit));
    expect(batches).toEqual([[4, 6], [1], [30], [2, 3]]);
  });

  test('beyond the bound callers are turned away until something is done; alone, anything fits', async () => {
    const first = gate();
    const submit = groupCommit(
      async (items: number[]) => {
        await first.opened;
        return items;
      },
      { ...limits, sizes },
    );
    const running = submit(15);
    await new Promise(setImmediate);
    const waiting = submit(5);
    await expect(submit(1)).rejects.toThrow(QueueFull);
    first.open();
    expect(await Promise.all([running, waiting])).toEqual([15, 5]);
    await new Promise(setImmediate);
    expect(await submit(50)).toBe(50);
  });
});

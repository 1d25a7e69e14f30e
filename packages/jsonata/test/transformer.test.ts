import { startEvaluator } from '../src/evaluator.js';
import { openTransformer, type Transformer, type TransformerLimits } from '../src/transformer.js';

// A machine that does other things besides must not make late what is only slow.
const patient = 20_000;

const limits: TransformerLimits = {
  processes: 2,
  timeoutMs: patient,
  memoryMb: 64,
  maxInputBytes: 100_000,
  maxOutputBytes: 1_000,
};

const endless = '($f := function($n){ $f($n + 1) }; $f(0))';
const endlessSearch = '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /(a+)+$/)';

async function withTransformer(
  change: Partial<TransformerLimits>,
  use: (transformer: Transformer) => Promise<void>,
): Promise<void> {
  const transformer = openTransformer({ ...limits, ...change });
  try {
    await use(transformer);
  } finally {
    await transformer.close();
  }
}

/** The result as text, or the detail of the failure. */
async function result(transformer: Transformer, expression: string, body = '{}'): Promise<string> {
  const transformed = await transformer.evaluate(expression, Buffer.from(body));
  return transformed.ok ? transformed.body.toString('utf8') : transformed.detail;
}

test('a result, a failure, and the limits of size', async () => {
  await withTransformer({}, async (transformer) => {
    expect(await result(transformer, '{"b": a & "é"}', '{"a":"ü"}')).toBe('{"b":"üé"}');
    expect(await result(transformer, '$error("no order")')).toBe('no order');
    expect(await result(transformer, '$pad("", 1000, "x")')).toBe(
      'the result has 1002 bytes; at most 1000 are allowed',
    );
    expect(await result(transformer, '1', JSON.stringify('x'.repeat(100_000)))).toBe(
      'the body has 100002 bytes; at most 100000 are transformed',
    );
  });
});

test('many at once are all answered, each with its own', async () => {
  await withTransformer({}, async (transformer) => {
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, index) => result(transformer, `n + ${index % 7}`, `{"n":${index}}`)),
    );
    expect(results).toEqual(Array.from({ length: 500 }, (_, index) => `${index + (index % 7)}`));
  });
});

test('an expression that is to be saved', async () => {
  await withTransformer({}, async (transformer) => {
    expect(await transformer.check('a.b')).toEqual({ ok: true });
    expect(await transformer.check('(a')).toEqual({
      ok: false,
      message: 'Expected ")" before end of expression',
      position: 2,
    });
  });
});

test('an expression that takes too long to compile', async () => {
  await withTransformer({ timeoutMs: 10 }, async (transformer) => {
    expect(await transformer.check('a.%.'.repeat(1_500))).toEqual({
      ok: false,
      message: 'takes longer than 10 ms',
      position: null,
    });
  });
});

describe('an expression that never ends', () => {
  test.each([
    ['calls itself', endless],
    ['searches', endlessSearch],
  ])(
    'but %s is cut off; meanwhile the event loop turns, and then the next is evaluated',
    async (_, expression) => {
      await withTransformer({ processes: 1, timeoutMs: 1_000 }, async (transformer) => {
        const turns = countTurns();
        expect(await result(transformer, expression)).toBe('takes longer than 1000 ms');
        expect(turns.stop()).toBeGreaterThan(100);
        expect(await result(transformer, '1 + 1')).toBe('2');
      });
    },
  );

  test('leaves a process to the others, however often it comes', async () => {
    const done: string[] = [];
    await withTransformer({ processes: 2, timeoutMs: 500 }, async (transformer) => {
      const evaluate = async (expression: string) => {
        done.push(await result(transformer, expression));
      };
      const hanging = Array.from({ length: 6 }, () => evaluate(endless));
      await Promise.all(Array.from({ length: 50 }, (_, index) => evaluate(`${index}`)));
      // The six take 500 ms each, one after the other; the fifty did not stand in line behind them.
      expect(done.length).toBeLessThan(56);
      await Promise.all(hanging);
    });
    expect(done.filter((text) => text === 'takes longer than 500 ms')).toHaveLength(6);
    expect(done.filter((text) => /^\d+$/.test(text))).toHaveLength(50);
  });
});

test('an answer is not late when it was the caller that stood still', async () => {
  await withTransformer({ timeoutMs: 200 }, async (transformer) => {
    await result(transformer, '1');
    const answer = result(transformer, '1 + 1');
    const started = performance.now();
    while (performance.now() - started < 400);
    expect(await answer).toBe('2');
  });
});

// Each of these ends the whole program when it is evaluated in a thread of it, whatever its `resourceLimits`.
test.each([
  ['a long list', '[1..9999999]'],
  ['a long text', '$length($pad("", 500000000, "x"))'],
  ['a text in many parts', '$split($reduce([1..24], function($a, $b){ $a & $a }, "aaaaaaaa"), "")'],
  ['a growing list', '($f := function($a){ $f($append($a, $a)) }; $f([1, 2, 3]))'],
])('an expression that eats memory with %s costs only itself', async (_, expression) => {
  await withTransformer({}, async (transformer) => {
    const turns = countTurns();
    const [eaten, other] = await Promise.all([
      result(transformer, expression),
      result(transformer, '"other"'),
    ]);
    expect(eaten).toMatch(/^broke the process it ran in \(SIG\w+\), as do .* more than 64 MB$/);
    expect(other).toBe('"other"');
    expect(turns.stop()).toBeGreaterThan(100);
    expect(await result(transformer, '"next"')).toBe('"next"');
  });
});

test('many long expressions do not fill the memory of a process', async () => {
  await withTransformer({ processes: 1, memoryMb: 32 }, async (transformer) => {
    const long = Array(1_500).fill('a.b.c').join(',');
    for (let index = 0; index < 150; index += 1) {
      expect(await result(transformer, `[${index},${long}]`)).toBe(`[${index}]`);
    }
  });
});

test('closing lets finish what is under way, and turns away what waits and what comes later', async () => {
  const transformer = openTransformer({ ...limits, processes: 1 });
  const settled = Promise.allSettled([result(transformer, '1'), result(transformer, '2')]);
  await transformer.close();
  expect(await settled).toMatchObject([
    { status: 'fulfilled', value: '1' },
    { status: 'rejected', reason: { message: 'the processes that evaluate are closed' } },
  ]);
  await expect(result(transformer, '3')).rejects.toThrow('are closed');
});

test('a process that cannot be started is the fault of no expression', async () => {
  await withTransformer({ memoryMb: 1 }, async (transformer) => {
    await expect(result(transformer, '1')).rejects.toThrow('ended before it was ready');
  });
});

test('a process that was ended from outside is known to be gone', async () => {
  const evaluator = await startEvaluator(limits);
  expect(evaluator.isAlive()).toBe(true);
  await evaluator.stop();
  expect(evaluator.isAlive()).toBe(false);
});

/** Counts how often the event loop turns. */
function countTurns() {
  let turns = 0;
  let next = setImmediate(turn);
  return { stop };

  function turn(): void {
    turns += 1;
    next = setImmediate(turn);
  }

  function stop(): number {
    clearImmediate(next);
    return turns;
  }
}

import { eventually } from '../src/eventually.js';

describe('eventually', () => {
  it('waits over failures and gives the value', async () => {
    let looks = 0;
    const value = await eventually(
      () => {
        looks += 1;
        if (looks < 3) throw new Error('not yet');
        return `after ${looks}`;
      },
      { everyMs: 1 },
    );
    expect(value).toBe('after 3');
  });

  it('takes false for not yet, and other empty values for what they are', async () => {
    let looks = 0;
    await eventually(() => ++looks === 2, { everyMs: 1 });
    expect(looks).toBe(2);
    expect(await eventually(() => 0)).toBe(0);
  });

  it('reports the last failure', async () => {
    const look = () => Promise.reject(new Error('the door is shut'));
    await expect(eventually(look, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow(
      'Not within 5 ms: the door is shut',
    );
  });

  it('ends early with its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(eventually(() => false, { signal })).rejects.toThrow('enough');
  });
});

import { eventually } from './eventually.js';
import { type Child, tail } from './processes.js';

/**
 * Waits until a child that was just started is ready.
 * @param timeoutMs milliseconds
 * @param signal ends the wait early
 * @throws an Error with the end of its log; the child has been killed then
 */
export async function untilReady(
  child: Child,
  isReady: () => Promise<boolean>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const gaveUp = new AbortController();
  void child.ended.then((how) => gaveUp.abort(new Error(`it ended with ${how}`)));
  try {
    const either = AbortSignal.any([gaveUp.signal, ...(signal ? [signal] : [])]);
    await eventually(isReady, { timeoutMs, everyMs: 20, signal: either });
  } catch (error) {
    await child.kill();
    const because = (error as Error).message;
    throw new Error(`${child.name} did not come up: ${because}\n${tail(child)}`, { cause: error });
  }
}

/** Whether a GET is answered with 2xx; rejects when nothing answers. */
export async function answersOk(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
}

/** Whether the API at `apiUrl` is ready and knows of so many workers. */
export async function seesWorkers(apiUrl: string, expected: number): Promise<boolean> {
  const response = await fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(5_000) });
  const { workers } = (await response.json()) as { workers: number };
  return response.ok && workers >= expected;
}

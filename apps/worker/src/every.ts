import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does `task` again and again, with a pause after each, until `stopping`.
 * @param onError hears of a failure; the next round comes all the same
 */
export async function every(
  pauseMs: number,
  stopping: AbortSignal,
  task: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      await task();
    } catch (error) {
      onError(error);
    }
    try {
      await sleep(pauseMs, undefined, { signal: stopping });
    } catch (error) {
      if (!stopping.aborted) throw error;
    }
  }
}

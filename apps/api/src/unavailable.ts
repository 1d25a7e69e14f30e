import { isTransient, isUnavailable } from '@signalbox/postgres';
import { QueueFull } from '@signalbox/runtime';

/** Why nothing can be kept now that could be later, in words for the sender; null where something else is wrong. */
export function whyUnavailable(error: unknown): string | null {
  if (error instanceof QueueFull) return 'More arrives than can be stored; nothing of this request was kept.';
  if (!isUnavailable(error) && !isTransient(error)) return null;
  return 'The database cannot be reached; nothing of this request was kept.';
}

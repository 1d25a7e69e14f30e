/**
 * Shows one step: its label while it runs (on a terminal), then the label, a detail and how long it took.
 * Returns what `work` returned; a failure is passed on.
 */
export function step<T>(
  label: string,
  work: () => T | Promise<T>,
  detail?: (result: T) => string,
): Promise<T>;

/** Prints a line without disturbing the step that is being shown. */
export function say(text: string): void;

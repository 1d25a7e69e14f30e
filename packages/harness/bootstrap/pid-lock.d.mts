/**
 * Takes the lock `path`, a JSON file `{pid}`. A lock whose process is dead is taken over.
 * `mark` is what the command line of a living holder contains. Returns null when the lock is ours, else the
 * process id of its holder.
 */
export function takeLock(path: string, mark: string): number | null;

/** Gives up a lock that is ours; anybody else's is left alone. */
export function releaseLock(path: string): void;

/** Whether the process runs and its command line contains `mark`. Our own process never counts. */
export function isAlive(pid: number, mark: string): boolean;

/** The command line of a process, '' when there is none. */
export function commandOf(pid: number): string;

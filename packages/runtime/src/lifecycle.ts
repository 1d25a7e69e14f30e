import type { Log } from './log.js';

/** How long a process may take to finish what it has begun. Unit: ms. */
const patienceMs = 25_000;

/**
 * Stops the process in order on SIGTERM, SIGINT, or when the parent that started it over IPC is gone, and exits 0; a
 * second signal, or 25 s, ends it at once with 1. A bug that nobody caught ends it too: what it had not finished is
 * picked up by others, which is safer than going on in an unknown state.
 * @param stop finishes what is in flight; its steps run in its own order
 */
export function stopOnSignal(log: Log, stop: () => Promise<void>): void {
  let stopping = false;
  const begin = (cause: string) => {
    if (stopping) exit(log, 1, `stopped at once by a second ${cause}`);
    stopping = true;
    log.info({ cause }, 'process.stopping');
    setTimeout(() => exit(log, 1, 'stop took too long'), patienceMs).unref();
    stop().then(
      () => exit(log, 0, 'stopped'),
      (error: unknown) => {
        log.error({ err: error }, 'process.stop_failed');
        exit(log, 1, 'stopped with an error');
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => begin(signal));
  if (process.send) process.on('disconnect', () => begin('disconnect'));
  // The parent may have gone while we were still loading, and its going been told to nobody.
  if (process.send && !process.connected) begin('disconnect');
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'process.crashed');
    exit(log, 1, 'crashed');
  });
}

function exit(log: Log, code: number, why: string): void {
  log.info({ code, why }, 'process.exit');
  log.flush(() => process.exit(code));
  // A log target that takes nothing must not keep the process.
  setTimeout(() => process.exit(code), 500);
}

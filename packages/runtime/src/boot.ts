import type { Log } from './log.js';

/**
 * Says what is wrong with the servers we stand on, once, at boot: in plain words on stderr for whoever has just started
 * us, and in the log. It ends nothing: a server may come up later than we do, and be put right while we run.
 */
export async function tellOfServers(
  log: Log,
  postgres: Promise<string | null>,
  redis: Promise<{ wrong: string | null; warnings: string[] }>,
): Promise<void> {
  const [database, { wrong, warnings }] = await Promise.all([postgres, redis]);
  for (const detail of [database, wrong])
    if (detail !== null) tellAtBoot(log, 'error', 'server.unusable', detail);
  for (const detail of warnings) tellAtBoot(log, 'warn', 'server.doubtful', detail);
}

/** One sentence for the terminal, where a log line is easily overlooked, and the same for the log. */
export function tellAtBoot(log: Log, level: 'warn' | 'error' | 'fatal', event: string, detail: string): void {
  process.stderr.write(`${detail}\n`);
  log[level]({ detail }, event);
}

/**
 * Why a server of ours cannot listen, and which variable to change.
 * @param prefix of the variables: `METRICS_` for METRICS_PORT and METRICS_HOST
 */
export function whyNotListening(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  port: number,
  prefix = '',
): string {
  if (code === 'EADDRINUSE')
    return `${prefix}PORT: port ${port} of ${host} is taken by another program. End that one, or set ${prefix}PORT to another number.`;
  if (code === 'EACCES')
    return `${prefix}PORT: this user may not listen on port ${port}. Set ${prefix}PORT to a number from 1024 up.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${prefix}HOST: this machine has no address ${host}. Set ${prefix}HOST to 127.0.0.1 for itself alone, or to 0.0.0.0 for all its addresses.`;
  return `${prefix}HOST, ${prefix}PORT: cannot listen on ${host}:${port}: ${message}`;
}

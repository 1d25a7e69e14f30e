import { type DestinationStream, destination, type Logger, pino } from 'pino';

export type Log = Logger;

/** A log of JSON lines, written in the background so that a slow reader of stdout slows no request. */
export function createLog(service: string, level: string, stream?: DestinationStream): Log {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream ?? destination({ fd: 1, sync: false, minLength: 0 }),
  );
}

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
      serializers: { err: (error: unknown) => loggedError(error) },
    },
    stream ?? destination({ fd: 1, sync: false, minLength: 0 }),
  );
}

/**
 * Of an error only what says what went wrong. Clients hang more onto theirs: the command with its password, the request
 * with its headers, the row that was refused.
 */
export function loggedError(error: unknown, depth = 0): object {
  const { name, message, stack, code, cause, errors } = Object(error) as Partial<AggregateError> & {
    code?: unknown;
  };
  if (typeof stack !== 'string') return { message: String(error) };
  return {
    type: name,
    message,
    stack,
    ...(code !== undefined && { code }),
    ...(cause !== undefined && depth < 5 && { cause: loggedError(cause, depth + 1) }),
    ...(Array.isArray(errors) && { errors: errors.map((each) => String(each)) }),
  };
}

// SQLSTATE classes. Source: PostgreSQL documentation, appendix A.
const dataErrors = ['22', '23'];
const unavailable = ['08', '53', '57', '58', 'XX'];
const tryAgain = ['40001', '40P01'];
/** A standby or a full disk: reading works, writing does not. */
const readOnly = '25006';

/** Whether one row's content is at fault, so that the rest of a batch would pass without it. */
export function isDataError(error: unknown): boolean {
  return dataErrors.includes(code(error).slice(0, 2));
}

/** Whether the same statement would pass if it were repeated at once (deadlock, serialization failure). */
export function isTransient(error: unknown): boolean {
  return tryAgain.includes(code(error));
}

/** Whether Postgres cannot serve us now (down, restarting, unreachable, full) and may later. */
export function isUnavailable(error: unknown): boolean {
  const sqlState = code(error);
  // The network speaks, not the server. EPIPE looks like an SQLSTATE, but no class of those begins with an E.
  if (/^E[A-Z]+$/.test(sqlState)) return true;
  if (/^[0-9A-Z]{5}$/.test(sqlState))
    return unavailable.includes(sqlState.slice(0, 2)) || sqlState === readOnly;
  return /connection|timeout|terminated/i.test(messageOf(error));
}

function code(error: unknown): string {
  const value = (error as { code?: unknown } | null)?.code;
  return typeof value === 'string' ? value : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
